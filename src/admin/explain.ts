/**
 * `explain`: what a word means that stands in an answer of ours, in a configuration file or in a record: keys of the file, columns and
 * states, checks of the doctor. By its name alone, without a cluster.
 */
import type {Key} from '../config/key.js'
import {nearestName} from '../config/nearest.js'
import {deadAnywhere, deadKeys, oldSpellings, type SectionName, schema} from '../config/schema.js'
import {CodedError} from '../errors/coded-error.js'
import {catalogue as checks} from './doctor/catalogue.js'
import {english} from './messages/english.js'
import {type Catalogue, type Message, type MessageId, say, textOf} from './messages/message.js'

export interface Explanation {
  /** `ps.raft_retain_logs`, `lag`, `VC104`. */
  readonly word: string
  readonly of: 'configuration' | 'answer' | 'check'
  readonly means: string
  /** What it may hold, what it is otherwise, who reads it. */
  readonly more: string | null
  /** The command that shows it. */
  readonly next: string | null
}

export interface ExplainWords {
  readonly catalogue: Catalogue
  /** What stands with keys of the file, in another language; what is not here stays as it is. */
  readonly notes: Readonly<Record<string, string>>
}

/** All that there is of a word; of every word, where none is named. Errors: NOT_FOUND. */
export function explain(word: string | null, {catalogue, notes}: ExplainWords): Explanation[] {
  const note = (text: string) => notes[text] ?? text
  const all = [
    ...keysOfFile(catalogue, note),
    ...deadKeysOfFile(catalogue, note),
    ...wordsOfAnswers(catalogue),
    ...checksOfDoctor(catalogue),
  ]
  if (word === null) return all
  const wanted = normal(word)
  const found = all.filter((one) => normal(one.word) === wanted || normal(lastPart(one.word)) === wanted)
  if (found.length > 0) return found
  const names = all.flatMap(({word: one}) => [one, lastPart(one)])
  const nearest = nearestName(word, names)
  throw new CodedError('NOT_FOUND', `nothing is known of ${word}`, {
    hint: nearest === null ? 'vearchctl explain lists all words' : `did you mean ${nearest}?`,
  })
}

type Note = (text: string) => string

function keysOfFile(catalogue: Catalogue, note: Note): Explanation[] {
  return (Object.keys(schema) as SectionName[]).flatMap((section) =>
    (Object.entries(schema[section]) as [string, Key<unknown>][]).map(([name, key]) => ({
      word: `${section}.${name}`,
      of: 'configuration' as const,
      means: note(key.note),
      more: [say('key.expects', {expects: note(key.expects)}), fallback(key), say('key.readers', {roles: key.usedBy})]
        .map((message) => textOf(message, catalogue))
        .join('; '),
      next: `vearchctl config show ${section}.${name}`,
    })),
  )
}

function fallback({fallback: value, isSecret}: Key<unknown>): Message {
  if (value === undefined) return say('key.needed')
  if (isSecret || value === '') return say('key.empty')
  return say('key.fallback', {value: JSON.stringify(value)})
}

function deadKeysOfFile(catalogue: Catalogue, note: Note): Explanation[] {
  const dead = (word: string, means: string): Explanation => {
    return {word, of: 'configuration', means: note(means), more: textOf(say('key.dead'), catalogue), next: null}
  }
  return [
    ...Object.entries(deadKeys).flatMap(([section, keys]) =>
      Object.entries(keys).map(([name, why]) => dead(`${section}.${name}`, why)),
    ),
    ...Object.entries(oldSpellings).flatMap(([section, keys]) =>
      Object.entries(keys).map(([name, proper]) => ({
        word: `${section}.${name}`,
        of: 'configuration' as const,
        means: textOf(say('key.spelling', {proper: `${section}.${proper}`}), catalogue),
        more: null,
        next: `vearchctl explain ${section}.${proper}`,
      })),
    ),
    ...Object.entries(deadAnywhere).map(([name, why]) => dead(name, why)),
  ]
}

const prefix = 'field.'

function wordsOfAnswers(catalogue: Catalogue): Explanation[] {
  const ids = (Object.keys(english) as MessageId[]).filter((id) => id.startsWith(prefix))
  return ids.map((id) => {
    const means = textOf({id, parameters: {}}, catalogue)
    return {word: id.slice(prefix.length), of: 'answer', means, more: null, next: null}
  })
}

function checksOfDoctor(catalogue: Catalogue): Explanation[] {
  return checks.map(({code, title, severity}) => ({
    word: code,
    of: 'check',
    means: textOf(title, catalogue),
    more: severity,
    next: `vearchctl doctor explain ${code}`,
  }))
}

/** `-` and `_` are typed one for the other, and headers are in capitals. */
function normal(word: string): string {
  return word.toLowerCase().replaceAll('-', '_')
}

function lastPart(word: string): string {
  return word.slice(word.lastIndexOf('.') + 1)
}

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
import {type Catalogue, type MessageId, textOf} from './messages/message.js'

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

/** All that there is of a word; of every word, where none is named. Errors: NOT_FOUND. */
export function explain(word: string | null, catalogue: Catalogue): Explanation[] {
  const all = [...keysOfFile(), ...deadKeysOfFile(), ...wordsOfAnswers(catalogue), ...checksOfDoctor(catalogue)]
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

function keysOfFile(): Explanation[] {
  return (Object.keys(schema) as SectionName[]).flatMap((section) =>
    (Object.entries(schema[section]) as [string, Key<unknown>][]).map(([name, key]) => ({
      word: `${section}.${name}`,
      of: 'configuration' as const,
      means: key.note,
      more: [`must be ${key.expects}`, fallbackText(key), `read by ${key.usedBy.join(', ')}`].join('; '),
      next: `vearchctl config show ${section}.${name}`,
    })),
  )
}

function fallbackText({fallback, isSecret}: Key<unknown>): string {
  if (fallback === undefined) return 'needed'
  if (isSecret || fallback === '') return 'empty if absent'
  return `${JSON.stringify(fallback)} if absent`
}

function deadKeysOfFile(): Explanation[] {
  const dead = (word: string, means: string): Explanation => {
    return {word, of: 'configuration', means, more: 'it has no effect', next: null}
  }
  return [
    ...Object.entries(deadKeys).flatMap(([section, keys]) =>
      Object.entries(keys).map(([name, why]) => dead(`${section}.${name}`, why)),
    ),
    ...Object.entries(oldSpellings).flatMap(([section, keys]) =>
      Object.entries(keys).map(([name, proper]) => ({
        word: `${section}.${name}`,
        of: 'configuration' as const,
        means: `another spelling of ${section}.${proper}: taken for it here, ignored by Vearch`,
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

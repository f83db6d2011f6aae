/**
 * What could be typed next. Pure: the commands and their flags come from the manifest that help is made of, values from whoever
 * knows them, so the REPL and the shells complete alike.
 *
 * A flag or an argument completes to its options, or to the kind of thing that its name stands for (`value-kinds.ts`).
 */
import type {ManifestCommand, ManifestFlag, ManifestParameter} from '../manifest.js'
import {topicNamed} from '../topic-name.js'
import {type ValueKind, valueKind} from './value-kinds.js'

export interface Candidate {
  readonly value: string
  readonly description: string
}

/** Values of a kind that begin with, or at least hold, what is typed. `among` is what stands before them in the line. */
export type ValuesOf = (kind: ValueKind, typed: string, among: readonly string[]) => Iterable<Candidate>

export interface Completable {
  readonly commands: readonly ManifestCommand[]
  readonly topics: ReadonlyMap<string, string>
  readonly values: ValuesOf
}

/** `words` are those before the one that is `typed`. */
export function completeWords(words: readonly string[], typed: string, completable: Completable): Candidate[] {
  const visible = completable.commands.filter(({hidden}) => hidden !== true)
  const globals = withGlobalFlags(visible)
  const [first = '', ...more] = hoisted(words, Object.values(globals.flags))
  const ids = visible.map(({id}) => id)
  const line = [topicNamed(first, ids), ...more].filter((word) => word !== '')
  const command = longestCommand(line, visible) ?? globals
  const flagsFrom = line.findIndex((word) => word.startsWith('-'))
  const leading = flagsFrom < 0 ? line : line.slice(0, flagsFrom)
  const isValue = flagAwaiting(line.at(-1), Object.values(command.flags)) !== undefined
  const deeper = isValue ? [] : nextWords(leading, visible, completable.topics)
  return matching([...deeper, ...parameterCandidates(command, line, typed, completable)], typed)
}

/** Before a command is named: it takes no arguments, and only the flags that all have. */
function withGlobalFlags([any]: readonly ManifestCommand[]): ManifestCommand {
  const flags = Object.entries(any?.flags ?? {}).filter(([, {helpGroup}]) => helpGroup !== undefined)
  return {id: '', flags: Object.fromEntries(flags), args: {}}
}

/** Flags before the command go behind its words, and stay before what is being typed. */
function hoisted(words: readonly string[], flags: readonly ManifestFlag[]): string[] {
  let at = 0
  while (words[at]?.startsWith('-')) at += flagAwaiting(words[at], flags) === undefined ? 1 : 2
  const rest = words.slice(at)
  const end = rest.findIndex((word) => word.startsWith('-'))
  return [...rest.slice(0, end < 0 ? rest.length : end), ...words.slice(0, at), ...(end < 0 ? [] : rest.slice(end))]
}

/** Those that begin with what is typed; if there are none, those that hold its letters in this order. */
export function matching(candidates: readonly Candidate[], typed: string): Candidate[] {
  const beginning = candidates.filter(({value}) => value.startsWith(typed))
  if (beginning.length > 0 || typed.length < 2 || typed.startsWith('-')) return beginning
  return candidates.filter(({value}) => holdsLetters(value.toLowerCase(), typed.toLowerCase()))
}

export function holdsLetters(value: string, letters: string): boolean {
  let at = 0
  for (const letter of letters) {
    at = value.indexOf(letter, at) + 1
    if (at === 0) return false
  }
  return true
}

function longestCommand(line: readonly string[], commands: readonly ManifestCommand[]): ManifestCommand | null {
  for (let length = line.length; length > 0; length--) {
    const id = line.slice(0, length).join(':')
    const found = commands.find((each) => each.id === id)
    if (found !== undefined) return found
  }
  return null
}

function nextWords(
  line: readonly string[],
  commands: readonly ManifestCommand[],
  topics: ReadonlyMap<string, string>,
): Candidate[] {
  const prefix = line.map((word) => `${word}:`).join('')
  const found = new Map<string, string>()
  for (const {id, summary = ''} of commands) {
    if (!id.startsWith(prefix)) continue
    const [word = '', ...deeper] = id.slice(prefix.length).split(':')
    if (!found.has(word)) found.set(word, deeper.length === 0 ? summary : (topics.get(prefix + word) ?? ''))
  }
  return [...found].map(([value, description]) => ({value, description})).sort((a, b) => (a.value < b.value ? -1 : 1))
}

function parameterCandidates(
  command: ManifestCommand,
  line: readonly string[],
  typed: string,
  {values}: Completable,
): Iterable<Candidate> {
  const given = command.id === '' ? line : line.slice(command.id.split(':').length)
  const flags = Object.values(command.flags)
  const [, name, value] = /^--([\w-]+)=(.*)$/s.exec(typed) ?? []
  if (name !== undefined) {
    const flag = flags.find((each) => each.name === name)
    const found = flag === undefined ? [] : valueCandidates({command, flag}, value ?? '', given, values)
    return matching([...found], value ?? '').map((each) => ({...each, value: `--${name}=${each.value}`}))
  }
  const flag = flagAwaiting(given.at(-1), flags)
  if (flag !== undefined) return valueCandidates({command, flag}, typed, given, values)
  if (typed.startsWith('-')) return flagCandidates(command, given)
  const args = Object.values(command.args)
  const at = positionals(given, flags).length
  const argument = args[at] ?? (args.at(-1)?.multiple ? args.at(-1) : undefined)
  return argument === undefined ? [] : valueCandidates({command, argument}, typed, positionals(given, flags), values)
}

function valueCandidates(
  {command, flag, argument}: {command: ManifestCommand; flag?: ManifestFlag; argument?: ManifestParameter},
  typed: string,
  among: readonly string[],
  values: ValuesOf,
): Iterable<Candidate> {
  const parameter = flag ?? argument
  if (parameter === undefined) return []
  if (parameter.options !== undefined) return parameter.options.map((value) => ({value, description: ''}))
  const kind = valueKind({topic: command.id.split(':')[0] ?? '', name: parameter.name, isFlag: flag !== undefined})
  return kind === null ? [] : values(kind, typed, positionals(among, Object.values(command.flags)))
}

function flagCandidates(command: ManifestCommand, given: readonly string[]): Candidate[] {
  const flags = Object.values(command.flags)
  return flags
    .filter((flag) => flag.hidden !== true && (flag.multiple === true || !given.some((word) => names(flag, word))))
    .map(({name, description = ''}) => ({value: `--${name}`, description}))
    .sort((a, b) => (a.value < b.value ? -1 : 1))
}

function flagAwaiting(word: string | undefined, flags: readonly ManifestFlag[]): ManifestFlag | undefined {
  return flags.find((flag) => flag.type === 'option' && word !== undefined && isName(flag, word))
}

/** What stands in the line without belonging to a flag. */
function positionals(words: readonly string[], flags: readonly ManifestFlag[]): string[] {
  return words.filter((word, at) => !word.startsWith('-') && flagAwaiting(words[at - 1], flags) === undefined)
}

function isName({name, char}: ManifestFlag, word: string): boolean {
  return word === `--${name}` || (char !== undefined && word === `-${char}`)
}

function names(flag: ManifestFlag, word: string): boolean {
  return isName(flag, word) || word.startsWith(`--${flag.name}=`)
}

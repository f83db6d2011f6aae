/**
 * Lines as nearly all are: `--name value`, `--name=value`, `-n value`, `-nvalue`, switches, words. Whatever else a line or a
 * declaration holds, and every line with something wrong in it, is not judged here.
 */
import type {BooleanFlag, OptionFlag} from '@oclif/core/interfaces'
import type {Parameters, Parsed} from './parse.js'

type Flag = BooleanFlag<unknown> | OptionFlag<unknown>
type Environment = Readonly<Record<string, string | undefined>>
/** A flag or an argument. */
interface Declared {
  readonly name: string
  readonly options?: readonly string[]
  readonly parse: unknown
}
type Reader = (text: string, context: object, declared: Declared) => Promise<unknown>

interface Line {
  /** By the name of the flag. */
  readonly given: ReadonlyMap<string, readonly string[]>
  readonly words: readonly string[]
}

/** What no command here declares. */
const unknownTraits = [
  'aliases',
  'charAliases',
  'allowStdin',
  'delimiter',
  'relationships',
  'combinable',
  'exactlyOne',
  'atLeastOne',
  'deprecated',
]
const truths = ['1', 'true', 'y', 'yes']

class Unusual extends Error {}

/** Null for a line that is not usual. */
export async function usualLine(
  argv: readonly string[],
  parameters: Parameters,
  environment: Environment,
): Promise<Parsed | null> {
  try {
    const {given, words} = lineOf(argv, parameters.flags)
    const flags = await flagValues(given, parameters.flags, environment)
    return {flags, ...(await argValues(words, parameters)), typed: new Set(given.keys())}
  } catch {
    // the library finds it too, and has the words for it
    return null
  }
}

function lineOf(argv: readonly string[], flags: Parameters['flags']): Line {
  const given = new Map<string, string[]>()
  const words: string[] = []
  let takesWords = false
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (word === '--') return {given, words: [...words, ...argv.slice(at + 1)]}
    if (!isFlag(word)) {
      usual(!takesWords)
      words.push(word)
      continue
    }
    const [name, attached] = flagIn(word, flags)
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined
    usual(flag !== undefined)
    const known = given.get(name)
    if (flag.type === 'boolean') {
      usual(attached === null)
      given.set(name, [])
      continue
    }
    const value = attached ?? argv[++at]
    usual(value !== undefined && !isFlag(value) && (known === undefined || flag.multiple === true))
    given.set(name, [...(known ?? []), value])
    takesWords = flag.multiple === true
  }
  return {given, words}
}

function isFlag(word: string): boolean {
  return word.startsWith('-') && word !== '-'
}

/** Its name, and the value that is written with it. */
function flagIn(word: string, flags: Parameters['flags']): readonly [string, string | null] {
  const [, long, value = null] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? []
  if (long !== undefined) return [long, value]
  const [, char, attached] = /^-(\w)(\w.*)?$/s.exec(word) ?? []
  const found = char === undefined ? undefined : Object.entries(flags).find(([, flag]) => flag.char === char)
  usual(found !== undefined)
  return [found[0], attached ?? null]
}

async function flagValues(
  given: Line['given'],
  flags: Parameters['flags'],
  environment: Environment,
): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {}
  const defaulted = new Set<string>()
  for (const [name, flag] of Object.entries(flags)) {
    usual(unknownTraits.every((trait) => !Reflect.get(flag, trait)))
    const said = await saidValue(given.get(name), {...flag, name}, environment)
    const value = said ?? flag.default
    usual(typeof value !== 'function' && (value !== undefined || flag.required !== true))
    if (value === undefined) continue
    values[name] = value
    if (said === undefined) defaulted.add(name)
  }
  const isThere = (name: unknown) => typeof name === 'string' && Object.hasOwn(values, name)
  for (const name of Object.keys(values)) {
    const {dependsOn = [], exclusive = []} = flags[name] ?? {}
    usual(dependsOn.every(isThere))
    usual(defaulted.has(name) || !exclusive.some((other) => isThere(other) && !defaulted.has(String(other))))
  }
  return values
}

/** By the line, or by the environment. */
async function saidValue(
  texts: readonly string[] | undefined,
  flag: Flag & {readonly name: string},
  environment: Environment,
): Promise<unknown> {
  const fromEnvironment = flag.env === undefined ? '' : (environment[flag.env] ?? '')
  if (flag.type === 'boolean') {
    if (texts !== undefined) return true
    return fromEnvironment === '' ? undefined : truths.includes(fromEnvironment.toLowerCase())
  }
  if (texts !== undefined) {
    const values = await Promise.all(texts.map((text) => readValue(text, flag)))
    return flag.multiple === true ? values : values[0]
  }
  return fromEnvironment === '' ? undefined : readValue(fromEnvironment, flag)
}

async function argValues(
  words: readonly string[],
  {args: declared, strict}: Parameters,
): Promise<Pick<Parsed, 'args' | 'words'>> {
  const args: Record<string, unknown> = {}
  const entries = Object.entries(declared)
  usual(!strict || words.length <= entries.length)
  for (const [at, [name, arg]] of entries.entries()) {
    const text = words[at]
    const value = text === undefined ? arg.default : await readValue(text, {...arg, name})
    usual(arg.multiple !== true && typeof value !== 'function' && (value !== undefined || arg.required !== true))
    if (value !== undefined) args[name] = value
  }
  return {args, words: [...Object.values(args), ...words.slice(entries.length)]}
}

function readValue(text: string, declared: Declared): Promise<unknown> {
  usual(declared.options === undefined || declared.options.includes(text))
  return (declared.parse as Reader)(text, {}, declared)
}

function usual(isUsual: boolean): asserts isUsual {
  if (!isUsual) throw new Unusual()
}

/**
 * What went wrong, as a command tells it: in words on stderr, or as the error of the JSON envelope, always with the same
 * exit code.
 */
import {nearestName} from '../config/nearest.js'
import {CodedError} from '../errors/coded-error.js'
import {type ErrorName, errorCodes, exitCode} from '../errors/codes.js'
import {failureEnvelope} from './envelope.js'
import type {Language} from './global-flags.js'
import {jsonText} from './json-text.js'
import {say, write} from './output.js'
import type {Words} from './words/words.js'

export interface Failure {
  /** The error's name in `errors/codes.ts`. */
  readonly code: string
  readonly message: string
  readonly hint: string | null
  /** Whether a change that was asked for may have happened. */
  readonly outcome: 'rejected' | 'unknown'
  readonly exit: number
}

/** What was typed, as far as it was understood. */
interface Typed {
  /** The command; empty where there is none. */
  readonly id: string
  /** Those that it has. */
  readonly flags: readonly string[]
}

export function failureOf(thrown: unknown, words: Words, typed: Typed = {id: '', flags: []}): Failure {
  if (thrown instanceof CodedError) {
    const {errorName, detail, hint, outcome, exitCode: exit} = thrown
    const message = detail === '' ? errorName.toLowerCase().replaceAll('_', ' ') : detail
    return {code: errorName, message, hint: hint ?? words.nextSteps[errorName] ?? null, outcome, exit}
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  if (isUsageError(thrown)) {
    return {
      code: 'USAGE',
      message: usageMessage(message),
      hint: usageHint(message, words, typed),
      outcome: 'rejected',
      exit: errorCodes.USAGE.exit,
    }
  }
  return {code: 'INTERNAL_ERROR', message, hint: words.ownFault, outcome: 'unknown', exit: exitCode.unexpected}
}

/** The command line library refuses flags and most arguments with errors that carry an exit code of 2; a number it refuses without. */
function isUsageError(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  if (!('oclif' in thrown)) return thrown.message.startsWith('Expected an integer')
  const {oclif} = thrown
  return typeof oclif === 'object' && oclif !== null && 'exit' in oclif && oclif.exit === errorCodes.USAGE.exit
}

/** Its words on one line, without its own hints. */
function usageMessage(message: string): string {
  const lines = message.split('\n').map((line) => line.trim())
  const told = lines.filter(
    (line) => line !== '' && !/^(The following error|See more help|Note: |Alternatively, )/.test(line),
  )
  const [first = '', second] = told
  if (first.startsWith('Parsing ') && second !== undefined) return `${first.slice(8)}: ${lowerFirst(second)}`
  // a list of arguments, each with what it is
  if (first.endsWith(':')) return lowerFirst(`${first} ${told.slice(1).map(firstWord).join(', ')}`)
  return lowerFirst(first)
}

function usageHint(message: string, words: Words, {id, flags}: Typed): string {
  const [, wrong] = /Nonexistent flags?: --([\w-]+)/.exec(message) ?? []
  const nearest = wrong === undefined ? null : nearestName(wrong, flags)
  if (nearest !== null) return words.didYouMean(`--${nearest}`)
  return words.seeHelp(['vearchctl', ...(id === '' ? [] : id.split(':')), '--help'].join(' '))
}

function firstWord(line: string): string {
  return line.split(/\s/, 1)[0] ?? line
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}

/** Before or after the flags are parsed: what the command line says about the format decides. */
export async function reportFailure(failure: Failure, argv: readonly string[], words: Words): Promise<void> {
  if (wantsJson(argv)) return write(`${jsonText(failureEnvelope(failure), 2)}\n`)
  const title = words.titles[failure.code as ErrorName]
  const told = await sentencesIn(words.language)
  say(`${words.error}: ${title === undefined ? '' : `${title}: `}${told(failure.message)}`)
  if (failure.hint !== null) say(`${words.hint}: ${told(failure.hint)}`)
}

/** Errors are English where they come from; JSON has them as they are. */
export async function sentencesIn(language: Language): Promise<(sentence: string) => string> {
  if (language === 'zh') return (await import('./words/chinese/sentences.js')).inChinese
  return (sentence) => sentence
}

function wantsJson(argv: readonly string[]): boolean {
  if (argv.includes('--json')) return true
  const at = argv.findIndex((word) => /^(?:-o|--output\b)/.test(word))
  const [, format = argv[at + 1]] = /^(?:-o=?|--output=)(\w+)$/.exec(argv[at] ?? '') ?? []
  return (at < 0 ? process.env.VEARCHCTL_OUTPUT : format) === 'json'
}

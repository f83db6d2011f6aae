/**
 * A command's words, parsed into its flags and arguments.
 *
 * The command line library is the authority: on what a line means, and on what is wrong with it. Loading it takes longer than all
 * that most commands do, so a line of the usual form is read without it (`usual-line.ts`); a random test holds the one to the other.
 */
import type {ArgInput, FlagInput} from '@oclif/core/interfaces'
import {usualLine} from './usual-line.js'

/** What a command declares. */
export interface Parameters {
  readonly flags: FlagInput
  readonly args: ArgInput
  /** Whether it refuses more words than it has arguments. */
  readonly strict: boolean
}

export interface Parsed {
  readonly flags: Readonly<Record<string, unknown>>
  readonly args: Readonly<Record<string, unknown>>
  /** All that is no flag. */
  readonly words: readonly unknown[]
  /** Names of the flags that stand on the line. */
  readonly typed: ReadonlySet<string>
}

/** Errors: USAGE, and those of the library that carry an exit code. */
export async function parse(argv: readonly string[], parameters: Parameters): Promise<Parsed> {
  return (await usualLine(argv, parameters, process.env)) ?? parseWithLibrary(argv, parameters)
}

export async function parseWithLibrary(argv: readonly string[], parameters: Parameters): Promise<Parsed> {
  const library = await import('@oclif/core/parser')
  const {flags, args, argv: words, raw} = await library.parse([...argv], parameters)
  return {flags, args, words, typed: new Set(raw.flatMap((token) => (token.type === 'flag' ? [token.flag] : [])))}
}

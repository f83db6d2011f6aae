/**
 * The kinds of arguments that commands declare, as `flags.ts` has flags. None is read from stdin unasked: a loop of the shell
 * would lose its next lines to it.
 */
import type * as library from '@oclif/core/args'
import {type Bounds, integerIn} from './integer-text.js'

const declared = (parse: (text: string, context: unknown, arg: Named) => Promise<unknown>) => (options: object) => ({
  name: '',
  parse,
  ...options,
  ignoreStdin: true,
  input: [],
  type: 'option',
})

export const string = declared(async (text) => text) as unknown as typeof library.string

export const integer = declared(async (text, _context, arg) =>
  integerIn(text, arg.name.toUpperCase(), arg),
) as unknown as typeof library.integer

interface Named extends Bounds {
  readonly name: string
}

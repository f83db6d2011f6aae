/**
 * The kinds of flags that commands declare: objects of the shape that the command line library reads, made without loading it.
 */
import type * as library from '@oclif/core/flags'
import {type Bounds, integerIn} from './integer-text.js'

export const custom = ((defaults: object = {}) =>
  (options: object = {}) => ({
    // its key says it
    name: '',
    multiple: false,
    parse: async (text: string) => text,
    ...defaults,
    ...options,
    input: [],
    type: 'option',
  })) as typeof library.custom

export const string: typeof library.string = custom()

export const integer: typeof library.integer = custom({
  parse: async (text: string, _context, flag: Bounds & {readonly name: string}) =>
    integerIn(text, `--${flag.name}`, flag),
})

export const boolean = ((options: object = {}) => ({
  name: '',
  parse: async (given: boolean) => given,
  allowNo: false,
  ...options,
  type: 'boolean',
})) as typeof library.boolean

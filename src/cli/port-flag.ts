import {integer} from './parameters/flags.js'

/** A flag that takes a TCP port. */
export const port = (options: {readonly description: string}) =>
  integer({...options, min: 1, max: 65_535, helpValue: 'PORT'})

import {CodedError} from '../errors/coded-error.js'

/** The ids that a command takes any number of. Errors: USAGE. */
export function wordIds(words: readonly string[]): number[] {
  return words.map((word) => {
    if (/^[1-9]\d{0,15}$/.test(word)) return Number(word)
    throw new CodedError('USAGE', `${word} is not an id`, {hint: 'ids are numbers: 3 4 7'})
  })
}

import {CodedError} from './coded-error.js'

/** Of a file that a newer version of this program wrote: nothing is guessed about it, and nothing of it is changed. */
export function tooNew(path: string, format: number, known: number): CodedError {
  return new CodedError('DATA_TOO_NEW', `${path} has format ${format}, this program knows formats up to ${known}`, {
    hint: 'Start the version that wrote it, or a newer one.',
    facts: {path, format},
  })
}

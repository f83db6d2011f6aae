import {CodedError} from '../../errors/coded-error.js'

export interface Bounds {
  readonly min?: number
  readonly max?: number
}

/** Errors: USAGE, of the parameter as it is written. */
export function integerIn(text: string, parameter: string, {min, max}: Bounds): number {
  const refused = (wanted: string) =>
    new CodedError('USAGE', `${parameter}: expected an integer${wanted} but received: ${text}`)
  if (!/^-?\d+$/.test(text)) throw refused('')
  const value = Number(text)
  if (min !== undefined && value < min) throw refused(` greater than or equal to ${min}`)
  if (max !== undefined && value > max) throw refused(` less than or equal to ${max}`)
  return value
}

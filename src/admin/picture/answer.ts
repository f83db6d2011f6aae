/** What somebody said when asked, or why nothing is known: silence is a fact of its own and never stands for "fine". */
import {type CodedError, toCodedError} from '../../errors/coded-error.js'
import type {Source} from './source.js'

export type Answer<T> =
  | {readonly told: true; readonly value: T; readonly source: Source}
  | {readonly told: false; readonly silence: Silence; readonly source: Source}

export interface Silence {
  /**
   * `notAsked`: there was no way to ask (an offline file, no such source). `late`: no answer within its time.
   * `unreachable`: no connection. `refused`: it answered that it would not. `impostor`: somebody else answered.
   */
  readonly reason: 'notAsked' | 'late' | 'unreachable' | 'refused' | 'impostor'
  readonly detail: string
}

export function told<T>(value: T, source: Source): Answer<T> {
  return {told: true, value, source}
}

export function silent(reason: Silence['reason'], detail: string, source: Source): Answer<never> {
  return {told: false, silence: {reason, detail}, source}
}

export function failed(thrown: unknown, source: Source): Answer<never> {
  const error = toCodedError(thrown)
  return silent(reasonOf(error), error.detail || error.message, source)
}

function reasonOf({errorName}: CodedError): Silence['reason'] {
  switch (errorName) {
    case 'TIMEOUT':
      return 'late'
    case 'CALL_RPCCLIENT_FAILED':
    case 'CREATE_RPCCLIENT_FAILED':
    case 'META_UNREACHABLE':
    case 'SERVICE_UNAVAILABLE':
      return 'unreachable'
    default:
      return 'refused'
  }
}

/** The body of every JSON answer: `{"code","request_id","msg"?,"data"?}` (control-plane spec §4.2). */
import {stringifyJson} from '../entity/json.js'
import {CodedError, toCodedError} from '../errors/coded-error.js'
import {errorCodes} from '../errors/codes.js'

/** An answer other than success that is made here: its status, code and text are fixed by the spec. */
export class HttpFault extends Error {
  override readonly name = 'HttpFault'

  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message)
  }
}

/** A route's status for an error: always the same one, or by what went wrong. */
export type ErrorStatus = number | ((error: CodedError) => number)

const statusByName = new Map<string, number>([
  ['PARAM_ERROR', 400],
  ['CONFIG_ERROR', 400],
  ['AUTHENTICATION_FAILED', 401],
  ...(['DB', 'SPACE', 'ALIAS', 'USER', 'ROLE'] as const).flatMap((noun): [string, number][] => [
    [`${noun}_EXIST`, 422],
    [`${noun}_NOT_EXIST`, 404],
  ]),
  ['PARTITION_SERVER_NOT_EXIST', 404],
])

/** The spec's `handleError`, "HE" in its list of routes. */
export function statusByCode(error: CodedError): number {
  return statusByName.get(error.errorName) ?? 500
}

export function successBody(requestId: string, data: unknown): string {
  return stringifyJson({code: 0, request_id: requestId, data})
}

export function faultBody(requestId: string, fault: HttpFault): string {
  return stringifyJson({code: fault.code, request_id: requestId, msg: fault.message})
}

/** Codes from 900 are ours and mean nothing to a Vearch client: it gets code 1 and the plain text. */
const ownCodesFrom = 900

/** Anything that a handler threw, as the answer that its route gives. A value that is no coded error is a bug: RECOVER. */
export function faultOf(thrown: unknown, errorStatus: ErrorStatus): HttpFault {
  if (thrown instanceof HttpFault) return thrown
  if (!(thrown instanceof CodedError)) {
    return new HttpFault(500, errorCodes.RECOVER.code, `recover:${toCodedError(thrown).detail}`)
  }
  const status = typeof errorStatus === 'number' ? errorStatus : errorStatus(thrown)
  if (thrown.code < ownCodesFrom) return new HttpFault(status, thrown.code, thrown.message)
  return new HttpFault(status, errorCodes.INTERNAL_ERROR.code, thrown.detail || thrown.message)
}

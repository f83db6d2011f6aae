/**
 * What the payloads of frames say: msgpack, in which a `Uint8Array` travels as raw bytes (and arrives as a view of the
 * frame, not a copy), a bigint as a 64-bit integer, and a number never becomes a bigint.
 */
import {Packr} from 'msgpackr'
import {CodedError} from '../errors/coded-error.js'
import {errorNameOf} from '../errors/codes.js'

export interface RequestMessage {
  readonly method: string
  /** What is left of the caller's time: relative, since clocks differ. */
  readonly timeoutMs: number
  readonly body: unknown
}

/** Records off: a decoder then needs nothing that an earlier message told it. */
const packr = new Packr({useRecords: false, int64AsType: 'bigint', copyBuffers: false})

export function encodeRequest({method, timeoutMs, body}: RequestMessage): Buffer {
  return packr.pack([method, timeoutMs, body])
}

/** Throws RPC_PARAM_ERROR. */
export function decodeRequest(payload: Buffer): RequestMessage {
  const message = decodeBody(payload)
  if (Array.isArray(message) && message.length === 3) {
    const [method, timeoutMs, body]: unknown[] = message
    if (typeof method === 'string' && typeof timeoutMs === 'number' && typeof body === 'object' && body !== null) {
      return {method, timeoutMs, body}
    }
  }
  throw new CodedError('RPC_PARAM_ERROR', 'a request is [method, timeoutMs, body]')
}

export function encodeBody(body: unknown): Buffer {
  return packr.pack(body)
}

/** Throws RPC_PARAM_ERROR. */
export function decodeBody(payload: Buffer): unknown {
  try {
    return packr.unpack(payload)
  } catch (thrown) {
    throw new CodedError('RPC_PARAM_ERROR', 'no msgpack', {cause: thrown})
  }
}

export function encodeError(error: CodedError): Buffer {
  const {code, detail, outcome, hint, retryable, facts} = error
  return packr.pack({code, detail, outcome, hint, retryable, facts})
}

/** The error as the server threw it; a payload that is none gives UNKNOWN_ERROR. */
export function decodeError(payload: Buffer): CodedError {
  const {code, detail, outcome, hint, retryable, facts} = Object(decodeBody(payload)) as Record<string, unknown>
  return new CodedError(errorNameOf(Number(code)), String(detail ?? ''), {
    outcome: outcome === 'rejected' ? 'rejected' : 'unknown',
    retryable: retryable === true,
    facts: Object(facts) as Record<string, unknown>,
    ...(typeof hint === 'string' ? {hint} : {}),
  })
}

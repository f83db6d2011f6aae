/**
 * What a failed call to etcd means: did etcd refuse, or could it not be asked; and may the request have been executed.
 */
import {
  ClientClosedError,
  castGrpcError,
  EtcdAuthenticationFailedError,
  EtcdPermissionDeniedError,
  GRPCAbortedError,
  GRPCCancelledError,
  GRPCDeadlineExceededError,
  GRPCInternalError,
  GRPCUnavailableError,
  GRPCUnknownError,
} from 'etcd3'
import {CodedError} from '../errors/coded-error.js'

export type EtcdFailure =
  /** etcd answered, and asking again will not change the answer. */
  | {readonly kind: 'refused'; readonly error: CodedError}
  /** No answer. `executed` false: it certainly was not; such a call may be sent again even when it writes. */
  | {readonly kind: 'unreachable'; readonly executed: boolean; readonly reason: string}

/** Failures of the transport or of a member; every other one is etcd's answer. */
const transportFailures = [
  GRPCAbortedError,
  GRPCCancelledError,
  GRPCDeadlineExceededError,
  GRPCInternalError,
  GRPCUnavailableError,
  GRPCUnknownError,
]

/**
 * Texts that prove the request was not executed. The first four are grpc-js: the call was still waiting for a
 * connection. The others are etcd's, given before it proposes anything: no leader is known (asked for by the `hasleader`
 * header), raft dropped the proposal, or the server has too many requests pending.
 */
const notExecuted =
  /No connection established|Name resolution failed|Channel closed before call started|Waiting for LB pick|etcdserver: no leader|raft proposal dropped|etcdserver: too many requests/

export function etcdFailure(thrown: unknown): EtcdFailure {
  const error = castGrpcError(thrown instanceof Error ? thrown : new Error(String(thrown)))
  const reason = error.message
  if (error instanceof ClientClosedError) return {kind: 'unreachable', executed: false, reason}
  if (notExecuted.test(reason)) return {kind: 'unreachable', executed: false, reason}
  if (transportFailures.some((type) => error instanceof type)) return {kind: 'unreachable', executed: true, reason}
  if (/required revision has been compacted/.test(reason)) {
    return {kind: 'refused', error: new CodedError('META_COMPACTED', 'that revision was compacted', {cause: thrown})}
  }
  return {kind: 'refused', error: refusal(error)}
}

function refusal(error: Error): CodedError {
  // "3 INVALID_ARGUMENT: etcdserver: key is not provided" reads better without the transport's words.
  const detail = error.message.replace(/^\d+ [A-Z_]+: /, '')
  if (error instanceof EtcdAuthenticationFailedError || /user name is empty/.test(detail)) {
    return new CodedError('META_REFUSED', detail, {
      cause: error,
      exit: 'denied',
      hint: 'set user_name and password under [etcd], and support_etcd_auth = true under [global]',
    })
  }
  if (error instanceof EtcdPermissionDeniedError) {
    return new CodedError('META_REFUSED', detail, {
      cause: error,
      exit: 'denied',
      hint: "grant etcd's user a role that may read and write the cluster's prefix",
    })
  }
  if (/future revision/.test(detail)) {
    return new CodedError('META_REFUSED', detail, {cause: error, exit: 'notFound'})
  }
  return new CodedError('META_REFUSED', detail, {cause: error})
}

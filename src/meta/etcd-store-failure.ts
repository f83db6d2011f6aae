/**
 * What a failed call to etcd means: did etcd refuse, or could it not be asked; and may the request have been executed.
 */
import {
  ClientClosedError,
  castGrpcError,
  GRPCAbortedError,
  GRPCCancelledError,
  GRPCDeadlineExceededError,
  GRPCInternalError,
  GRPCUnavailableError,
  GRPCUnknownError,
} from 'etcd3'
import type {CodedError} from '../errors/coded-error.js'
import {etcdRefusal} from './etcd-refusal.js'

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
 * header), raft dropped the proposal, the server has too many requests pending, or its members have not been connected for
 * long enough to change them.
 */
const notExecuted =
  /No connection established|Name resolution failed|Channel closed before call started|Waiting for LB pick|etcdserver: no leader|raft proposal dropped|etcdserver: too many requests|etcdserver: unhealthy cluster/

export function etcdFailure(thrown: unknown): EtcdFailure {
  const error = castGrpcError(thrown instanceof Error ? thrown : new Error(String(thrown)))
  const reason = error.message
  if (error instanceof ClientClosedError) return {kind: 'unreachable', executed: false, reason}
  if (notExecuted.test(reason)) return {kind: 'unreachable', executed: false, reason}
  if (transportFailures.some((type) => error instanceof type)) return {kind: 'unreachable', executed: true, reason}
  return {kind: 'refused', error: etcdRefusal(reason, thrown)}
}

/**
 * Calls to etcd's members: which one to ask, how long to wait, what to send again.
 *
 * One `Etcd3` client per endpoint, so that the choice is ours: sticky while it answers, the next one after a failure.
 * etcd3's own retries and circuit breaker are off, because they send writes twice and let one failing call stop all others
 * for seconds (infra §1.6). A call that only reads, or that may be repeated, gets short attempts within its budget. A call
 * that writes gets one attempt with the whole budget, and another only if the first was certainly not executed.
 */
import {InterceptingCall, type Interceptor} from '@grpc/grpc-js'
import {Etcd3, type IOptions} from 'etcd3'
import type {Env} from '../env/env.js'
import {assert} from '../errors/assert.js'
import {CodedError, type Outcome} from '../errors/coded-error.js'
import {etcdFailure} from './etcd-store-failure.js'
import type {CallOptions} from './store.js'

export interface EtcdTls {
  readonly rootCertificate: Buffer
  readonly privateKey?: Buffer
  readonly certificateChain?: Buffer
}

export interface EtcdStoreOptions {
  /** `host:port`, with or without a scheme; `https://` asks for TLS. At least one. */
  readonly endpoints: readonly string[]
  readonly user?: string
  readonly password?: string
  readonly tls?: EtcdTls
}

export type EtcdEnv = Pick<Env, 'clock' | 'random' | 'log' | 'failpoints'>

export interface Endpoint {
  readonly address: string
  readonly client: Etcd3
  /** Not chosen before this moment while another one will do. */
  avoidUntilMs: number
}

const callTimeoutMs = 5_000
const attemptTimeoutMs = 1_000
const authenticationTimeoutMs = 5_000
const avoidMs = 1_000
const backoffFirstMs = 20
const backoffMaxMs = 500
/** etcd closes connections that are pinged more often than every 5 s. */
const keepaliveMs = 6_000
const keepaliveTimeoutMs = 3_000

export class EtcdCalls {
  readonly #endpoints: readonly Endpoint[]
  #current: number
  #closed = false

  constructor(
    readonly options: EtcdStoreOptions,
    readonly env: EtcdEnv,
  ) {
    if (options.endpoints.length === 0) throw new CodedError('CONFIG_ERROR', 'no etcd endpoint is configured')
    this.#endpoints = options.endpoints.map((address) => ({address, client: this.connect(address), avoidUntilMs: 0}))
    this.#current = env.random.below(this.#endpoints.length)
  }

  /** A call that does no harm when it is executed twice. */
  repeatable<T>(send: Send<T>, options?: CallOptions): Promise<T> {
    return this.#call(send, true, options)
  }

  /** A call that must not be executed twice: its failure has outcome `unknown` unless it certainly was not executed. */
  once<T>(send: Send<T>, options?: CallOptions): Promise<T> {
    return this.#call(send, false, options)
  }

  /** The endpoint that answers, as far as is known. */
  endpoint(): Endpoint {
    const now = this.env.clock.nowMs()
    for (let step = 0; step < this.#endpoints.length; step++) {
      const at = (this.#current + step) % this.#endpoints.length
      const endpoint = this.#endpoints[at]
      if (endpoint === undefined || endpoint.avoidUntilMs > now) continue
      this.#current = at
      return endpoint
    }
    this.#current = (this.#current + 1) % this.#endpoints.length
    const next = this.#endpoints[this.#current]
    assert(next !== undefined, 'there is at least one endpoint')
    return next
  }

  avoid(endpoint: Endpoint): void {
    endpoint.avoidUntilMs = this.env.clock.nowMs() + avoidMs
  }

  /** A client of its own for one endpoint; whoever asks for it closes it. Clients of one endpoint share a connection. */
  connect(address: string): Etcd3 {
    return new Etcd3(clientOptions(address, this.options, () => this.env.clock.wallMs()))
  }

  close(): void {
    this.#closed = true
    for (const {client} of this.#endpoints) client.close()
  }

  async #call<T>(send: Send<T>, repeatable: boolean, options: CallOptions = {}): Promise<T> {
    const {clock, random} = this.env
    const {signal, timeoutMs = callTimeoutMs} = options
    const endsAtMs = clock.nowMs() + timeoutMs
    for (let backoffMs = backoffFirstMs; ; backoffMs = Math.min(backoffMs * 2, backoffMaxMs)) {
      if (signal?.aborted) throw cancelled(signal, 'rejected')
      if (this.#closed) throw unreachable('the store is closed', 'rejected')
      const leftMs = Math.max(1, endsAtMs - clock.nowMs())
      const endpoint = this.endpoint()
      const deadline = clock.wallMs() + Math.min(leftMs, repeatable ? attemptTimeoutMs : leftMs)
      try {
        return await orAborted(send(endpoint.client, {deadline}, endpoint.address), signal)
      } catch (thrown) {
        if (signal?.aborted) throw cancelled(signal, repeatable ? 'rejected' : 'unknown')
        const failure = etcdFailure(thrown)
        if (failure.kind === 'refused') throw failure.error
        this.avoid(endpoint)
        const outcome = failure.executed && !repeatable ? 'unknown' : 'rejected'
        const pauseMs = backoffMs / 2 + random.below(backoffMs)
        if (outcome === 'unknown' || clock.nowMs() + pauseMs >= endsAtMs) {
          throw unreachable(`${endpoint.address}: ${failure.reason}`, outcome, thrown)
        }
        await clock.sleep(pauseMs, signal).catch(() => {})
      }
    }
  }
}

export type Send<T> = (client: Etcd3, options: {readonly deadline: number}, address: string) => Promise<T>

function unreachable(reason: string, outcome: Outcome, cause?: unknown): CodedError {
  return new CodedError('META_UNREACHABLE', reason, {
    outcome,
    retryable: outcome === 'rejected',
    hint: 'check that etcd runs and can be reached from here',
    cause,
  })
}

function cancelled(signal: AbortSignal, outcome: Outcome): CodedError {
  return new CodedError('CANCELED', 'the metadata call was cancelled', {outcome, cause: signal.reason})
}

/** etcd3 gives no way to cancel a unary call: on abort it is left to its deadline. */
async function orAborted<T>(call: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return call
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, {once: true})
  })
  try {
    return await Promise.race([call, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

type FaultHandling = NonNullable<IOptions['faultHandling']>
type Policy = NonNullable<FaultHandling['global']>

/** Runs each call once: no retries, no circuit breaker. */
const once = {
  onSuccess: () => ({dispose: () => {}}),
  onFailure: () => ({dispose: () => {}}),
  execute: async <T>(call: (context: {signal: AbortSignal}) => PromiseLike<T> | T) =>
    call({signal: new AbortController().signal}),
} as unknown as Policy

/** Makes a member that knows no leader say so at once, instead of leaving the call to time out or the watch to go quiet. */
const requireLeader: Interceptor = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start(metadata, listener, next) {
      metadata.set('hasleader', 'true')
      next(metadata, listener)
    },
  })

function clientOptions(address: string, options: EtcdStoreOptions, wallMs: () => number): IOptions {
  const {user, password, tls} = options
  return {
    hosts: address,
    grpcOptions: {
      'grpc.max_receive_message_length': -1,
      'grpc.keepalive_time_ms': keepaliveMs,
      'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
    },
    faultHandling: {global: once, host: () => once},
    defaultCallOptions: ({service, isStream}) => ({
      ...(isStream ? {} : {deadline: wallMs() + authenticationTimeoutMs}),
      ...(service === 'KV' || service === 'Lease' || service === 'Watch' ? {interceptors: [requireLeader]} : {}),
    }),
    ...(user === undefined || user === '' ? {} : {auth: {username: user, password: password ?? ''}}),
    ...(tls === undefined ? {} : {credentials: credentialsOf(tls)}),
  }
}

function credentialsOf({rootCertificate, privateKey, certificateChain}: EtcdTls): NonNullable<IOptions['credentials']> {
  return {
    rootCertificate,
    ...(privateKey === undefined ? {} : {privateKey}),
    ...(certificateChain === undefined ? {} : {certChain: certificateChain}),
  }
}

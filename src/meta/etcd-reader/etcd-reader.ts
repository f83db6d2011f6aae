/**
 * etcd for those who only look: the two reads of `ReadStore`, its health and its leases, over Node's own HTTP/2.
 *
 * A command reads a few pages and ends. The client of `etcd-store.ts` takes longer to load than all of that; this one is loaded in
 * a twentieth of the time, and has no call that could change anything. Members are asked in turn, each for a bounded time;
 * reads may be repeated, so whatever one fails at the next one tries, until the time is up.
 */
import {Buffer} from 'node:buffer'
import {type ClientHttp2Session, connect} from 'node:http2'
import type {Env} from '../../env/env.js'
import {CodedError} from '../../errors/coded-error.js'
import {type KeyRange, prefixRange, singleKey} from '../embedded/key-range.js'
import {etcdRefusal} from '../etcd-refusal.js'
import type {EtcdStoreOptions, EtcdTls} from '../etcd-store.js'
import {encodeMessage, keyValueIn, Message} from '../protobuf.js'
import type {ReadStore} from '../reading.js'
import type {CallOptions, KeyValue, LeaseId, MetaStatus, MetaStore, RangeOptions, Snapshot} from '../store.js'
import {GrpcFault, grpcCall, grpcMessages} from './grpc-call.js'

const callTimeoutMs = 5_000
const attemptTimeoutMs = 2_000
const pauseMs = 100
const pageKeysMax = 1_000
/** What may be under way before etcd waits for us: more than most pages. */
const windowBytes = 4 * 1024 * 1024

/** Statuses of a member that is in trouble; all others are etcd's answer. */
const transientStatuses = [1, 2, 4, 8, 10, 13, 14]

interface Page {
  readonly kvs: readonly KeyValue[]
  readonly more: boolean
  readonly revision: number
  /** The first key after the last. */
  readonly next: Buffer
}

export class EtcdReader implements ReadStore, Pick<MetaStore, 'status' | 'leaseTimeToLive'> {
  readonly #sessions = new Map<string, ClientHttp2Session>()
  #current = 0
  #token: string | null = null

  constructor(
    private readonly options: EtcdStoreOptions,
    private readonly env: Pick<Env, 'clock'>,
  ) {}

  async read(key: string, options: RangeOptions): Promise<{kv: KeyValue | null; revision: number}> {
    const {kvs, revision} = await this.#range(singleKey(key), options.revision ?? 0, options)
    return {kv: kvs[0] ?? null, revision: options.revision ?? revision}
  }

  async *pages(prefix: string, options: RangeOptions): AsyncGenerator<Snapshot> {
    const {key, end} = prefixRange(prefix)
    let at = options.revision ?? 0
    let from = key
    for (;;) {
      const page = await this.#range({key: from, end}, at, options)
      if (at === 0) at = page.revision
      yield {kvs: page.kvs, revision: at}
      if (!page.more) return
      from = page.next
    }
  }

  /** The whole database of the member that answers, and its SHA-256 behind it. Errors: META_UNREACHABLE, META_REFUSED. */
  async *snapshot(signal: AbortSignal): AsyncGenerator<Buffer> {
    // which member lives, and that the user is known
    await this.read('/', {signal})
    const endpoint = this.#endpoint()
    const metadata = await this.#metadata(this.#session(endpoint), signal)
    const call = {path: '/etcdserverpb.Maintenance/Snapshot', message: Buffer.alloc(0), metadata, signal}
    try {
      for await (const message of grpcMessages(this.#session(endpoint), call)) yield new Message(message).bytes(3)
    } catch (thrown) {
      signal.throwIfAborted()
      if (thrown instanceof GrpcFault && !transientStatuses.includes(thrown.status)) {
        throw etcdRefusal(thrown.message, thrown)
      }
      throw unreachable(endpoint, thrown)
    }
  }

  async leaseTimeToLive(id: LeaseId, options: CallOptions = {}): Promise<number | null> {
    const {reply} = await this.#ask('Lease/LeaseTimeToLive', encodeMessage([[1, BigInt(id)]]), options)
    const seconds = reply.number(3)
    return seconds < 0 ? null : seconds
  }

  async status(options: CallOptions = {}): Promise<MetaStatus> {
    const {reply, endpoint} = await this.#ask('Maintenance/Status', encodeMessage([]), options)
    const version = reply.bytes(2).toString('utf8')
    return {backend: 'etcd', version, dbBytes: reply.number(3), revision: revisionIn(reply), endpoint}
  }

  close(): void {
    for (const session of this.#sessions.values()) this.#end(session)
    this.#sessions.clear()
  }

  async #range({key, end}: KeyRange, revision: number, options: RangeOptions): Promise<Page> {
    const fields = [
      [1, key],
      [2, end],
      [3, pageKeysMax],
      [4, revision],
      [8, options.keysOnly === true],
    ] as const
    const {reply} = await this.#ask('KV/Range', encodeMessage(fields), options)
    const kvs = reply.repeated(2).map(keyValueIn)
    const last = kvs.at(-1)
    return {
      kvs,
      more: reply.number(3) === 1 && last !== undefined,
      revision: revisionIn(reply),
      next: Buffer.from(`${last?.key ?? ''}\0`),
    }
  }

  /** Errors: META_UNREACHABLE, META_COMPACTED, META_REFUSED; the signal's reason. */
  async #ask(
    method: string,
    message: Buffer,
    {signal, timeoutMs = callTimeoutMs}: CallOptions,
  ): Promise<{reply: Message; endpoint: string}> {
    const {clock} = this.env
    const endsAtMs = clock.nowMs() + timeoutMs
    let hasRenewed = false
    for (;;) {
      const endpoint = this.#endpoint()
      try {
        return {reply: new Message(await this.#attempt(endpoint, method, message, signal)), endpoint}
      } catch (thrown) {
        signal?.throwIfAborted()
        if (!hasRenewed && this.#token !== null && isStale(thrown)) {
          hasRenewed = true
          this.#token = null
          continue
        }
        if (thrown instanceof GrpcFault && !transientStatuses.includes(thrown.status)) {
          throw etcdRefusal(thrown.message, thrown)
        }
        this.#forget(endpoint)
        this.#current += 1
        const hasTriedAll = this.#current % this.options.endpoints.length === 0
        if (clock.nowMs() + pauseMs >= endsAtMs || (hasTriedAll && isRefused(thrown))) {
          throw unreachable(endpoint, thrown)
        }
        if (hasTriedAll) await clock.sleep(pauseMs, signal)
      }
    }
  }

  async #attempt(endpoint: string, method: string, message: Buffer, signal: AbortSignal | undefined): Promise<Buffer> {
    const late = new AbortController()
    const timer = this.env.clock.after(attemptTimeoutMs, () => {
      late.abort(new Error(`no answer within ${attemptTimeoutMs} ms`))
    })
    const either = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal])
    try {
      const session = this.#session(endpoint)
      const metadata = await this.#metadata(session, either)
      return await grpcCall(session, {path: `/etcdserverpb.${method}`, message, metadata, signal: either})
    } finally {
      timer.cancel()
    }
  }

  #endpoint(): string {
    return this.options.endpoints[this.#current % this.options.endpoints.length] ?? ''
  }

  async #metadata(session: ClientHttp2Session, signal: AbortSignal): Promise<Record<string, string>> {
    const token = await this.#authenticate(session, signal)
    return {hasleader: 'true', ...(token === null ? {} : {token})}
  }

  async #authenticate(session: ClientHttp2Session, signal: AbortSignal): Promise<string | null> {
    const {user, password = ''} = this.options
    if (user === undefined || user === '') return null
    if (this.#token !== null) return this.#token
    const message = encodeMessage([
      [1, Buffer.from(user)],
      [2, Buffer.from(password)],
    ])
    const reply = await grpcCall(session, {path: '/etcdserverpb.Auth/Authenticate', message, metadata: {}, signal})
    this.#token = new Message(reply).bytes(2).toString('utf8')
    return this.#token
  }

  #session(endpoint: string): ClientHttp2Session {
    const known = this.#sessions.get(endpoint)
    if (known !== undefined && !known.destroyed && !known.closed) return known
    const {tls} = this.options
    const isSecure = tls !== undefined || endpoint.startsWith('https://')
    const url = new URL(`${isSecure ? 'https' : 'http'}://${endpoint.replace(/^https?:\/\//, '')}`)
    const session = connect(url, {...tlsOptions(tls, url.hostname), settings: {initialWindowSize: windowBytes}})
    // told to the calls on it
    session.on('error', () => {})
    session.once('connect', () => {
      // it is told on the next tick, when the command may be over
      if (!session.destroyed) session.setLocalWindowSize(windowBytes)
    })
    this.#sessions.set(endpoint, session)
    return session
  }

  #forget(endpoint: string): void {
    const session = this.#sessions.get(endpoint)
    if (session !== undefined) this.#end(session)
    this.#sessions.delete(endpoint)
    this.#token = null
  }

  /**
   * Not at once: what made us end it may be the first of two answers in one packet, and Node (20.20) corrupts its heap when a session
   * is destroyed between the two.
   */
  #end(session: ClientHttp2Session): void {
    this.env.clock.soon(() => session.destroy())
  }
}

/** Of the store, when it answered. */
function revisionIn(reply: Message): number {
  return new Message(reply.bytes(1)).number(3)
}

/** An address is no server name (RFC 6066). */
function tlsOptions(tls: EtcdTls | undefined, host: string) {
  const name = /^[\d.]+$|:/.test(host) ? {servername: ''} : {}
  if (tls === undefined) return name
  const {rootCertificate: ca, certificateChain: cert, privateKey: key} = tls
  return {...name, ca, ...(cert === undefined ? {} : {cert}), ...(key === undefined ? {} : {key})}
}

/** etcd's tokens end after a while, and with the member that gave them. */
function isStale(thrown: unknown): boolean {
  return thrown instanceof GrpcFault && /invalid auth token/.test(thrown.message)
}

/** Nobody listens there: asking again in a moment would not change that. */
function isRefused(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ECONNREFUSED'
}

function unreachable(endpoint: string, cause: unknown): CodedError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CodedError('META_UNREACHABLE', `${endpoint}: ${reason}`, {retryable: true, cause})
}

/**
 * Keeps one key in the metadata for as long as this process lives, under a lease that it renews: how a server or a router
 * says that it is there.
 *
 * - The key converges on our value: whatever was lost (the lease, the key, the store for a while) is put back, for ever.
 * - A key that somebody else holds is never overwritten unless `mayTake` says so: two processes with one id do not fight.
 * - `state` is what others must be assumed to see: `registered`; `suspect`, when two thirds of the lease's time went by without a
 *   renewal; `lost`, when all of it did, or when the store says so. etcd's client would notice one time to live later (infra §1.5).
 */
import type {Env} from '../env/env.js'
import {CodedError, toCodedError} from '../errors/coded-error.js'
import type {KeyValue, Lease, LeaseId, MetaStore} from './store.js'

export type LeaseState = 'registered' | 'suspect' | 'lost'

export interface LeaseKeeperOptions {
  readonly key: string
  readonly value: string
  readonly ttlSeconds: number
  /** Whether a key that lives under a lease of somebody else may be taken over; never asked about our own. Default: yes. */
  readonly mayTake?: (held: KeyValue) => boolean
}

const backoffFirstMs = 100
const conflictsMax = 10
const revokeTimeoutMs = 2_000
/** Of the leases that were given up, how many are remembered so that a key under one of them is known as ours. */
const formerLeasesMax = 8

export class LeaseKeeper {
  #value: Uint8Array
  #lease: Lease | null = null
  readonly #ourLeases = new Set<LeaseId>()
  #renewedAtMs = 0
  #renewSoon = false
  #state: LeaseState = 'lost'
  readonly #listeners = new Set<(state: LeaseState) => void>()
  readonly #stopping = new AbortController()
  #running: Promise<void> | null = null

  constructor(
    readonly store: MetaStore,
    readonly env: Pick<Env, 'clock' | 'random' | 'log'>,
    readonly options: LeaseKeeperOptions,
  ) {
    this.#value = new TextEncoder().encode(options.value)
  }

  get state(): LeaseState {
    return this.#state
  }

  /** Calls back after each change of state; returns the way to stop it. */
  onChange(listener: (state: LeaseState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Resolves when the key is there; waits for a store that cannot be reached. Throws GUARD_FAILED, with the key as it is in
   * `facts.held`, if somebody else holds it.
   */
  async start(signal?: AbortSignal): Promise<void> {
    if (this.#running !== null) return
    const either = signal === undefined ? this.#stopping.signal : AbortSignal.any([signal, this.#stopping.signal])
    try {
      await this.#register(either, (thrown) => toCodedError(thrown).errorName !== 'META_UNREACHABLE')
    } catch (thrown) {
      await this.#revoke()
      throw thrown
    }
    this.#running ??= this.#keep()
  }

  /** Replaces the value. If that fails now, it is done with the next renewal. */
  async update(value: string): Promise<void> {
    this.#value = new TextEncoder().encode(value)
    if (this.#lease !== null) await this.#converge(this.#lease.id, this.#stopping.signal)
  }

  /** Takes the key away. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await this.#revoke()
    this.#become('lost')
  }

  async #keep(): Promise<void> {
    const {signal} = this.#stopping
    while (!signal.aborted) {
      if (this.#lease === null) await this.#register(signal, () => false).catch(() => {})
      else await this.#renew(this.#lease, signal)
    }
  }

  /** Until it is done, or an error comes that `isFinal`, or the signal is aborted. */
  async #register(signal: AbortSignal, isFinal: (thrown: unknown) => boolean): Promise<void> {
    const {clock, random, log} = this.env
    const {key, ttlSeconds} = this.options
    const backoffMaxMs = (ttlSeconds * 1_000) / 3
    let lease: Lease | null = null
    for (let backoffMs = backoffFirstMs; ; backoffMs = Math.min(backoffMs * 2, backoffMaxMs)) {
      try {
        if (lease === null) {
          this.#renewedAtMs = clock.nowMs()
          lease = await this.store.grantLease(ttlSeconds, {signal})
          this.#remember(lease.id)
        }
        await this.#converge(lease.id, signal)
        this.#lease = lease
        this.#renewSoon = backoffMs > backoffFirstMs
        this.#become('registered')
        return
      } catch (thrown) {
        if (signal.aborted || isFinal(thrown)) throw thrown
        const {errorName, message} = toCodedError(thrown)
        // The lease ran out meanwhile.
        if (errorName === 'META_REFUSED') lease = null
        log[backoffMs === backoffFirstMs ? 'warn' : 'debug']('meta.lease.not_registered', {key, reason: message})
      }
      await clock.sleep(backoffMs / 2 + random.below(Math.ceil(backoffMs)), signal)
    }
  }

  /** One third of the lease's time, then a renewal; sooner after a failure. */
  async #renew({id, ttlSeconds}: Lease, signal: AbortSignal): Promise<void> {
    const {clock, log} = this.env
    const {key} = this.options
    const ttlMs = ttlSeconds * 1_000
    await clock.sleep(this.#renewSoon ? backoffFirstMs : ttlMs / 3, signal).catch(() => {})
    if (signal.aborted) return
    const askedAtMs = clock.nowMs()
    const leftMs = Math.max(1, this.#renewedAtMs + ttlMs - askedAtMs)
    try {
      const leftSeconds = await this.store.renewLease(id, {signal, timeoutMs: Math.min(ttlMs / 3, leftMs)})
      if (leftSeconds === 0) return this.#lose('the store ended the lease')
      this.#renewedAtMs = askedAtMs
      await this.#converge(id, signal)
      this.#renewSoon = false
      this.#become('registered')
    } catch (thrown) {
      if (signal.aborted) return
      const {errorName, message} = toCodedError(thrown)
      log.debug('meta.lease.not_renewed', {key, reason: message})
      this.#renewSoon = true
      const silentMs = clock.nowMs() - this.#renewedAtMs
      if (errorName === 'GUARD_FAILED') this.#lose(message)
      else if (silentMs >= ttlMs) this.#lose('the lease could not be renewed in time')
      else if (silentMs >= (ttlMs * 2) / 3) this.#become('suspect')
    }
  }

  /** Makes the key hold our value under our lease. */
  async #converge(lease: LeaseId, signal: AbortSignal): Promise<void> {
    const {key, mayTake} = this.options
    for (let conflict = 0; conflict < conflictsMax; conflict++) {
      const held = await this.store.get(key, {signal})
      const value = this.#value
      const ours = held !== null && held.lease !== null && this.#ourLeases.has(held.lease)
      if (ours && held.lease === lease && Buffer.compare(held.value, value) === 0) return
      if (held !== null && !ours && mayTake?.(held) === false) {
        throw new CodedError('GUARD_FAILED', `${key} is held by somebody else`, {facts: {held}})
      }
      const {succeeded} = await this.store.transact(
        {
          compare: [{key, target: 'modRevision', equals: held?.modRevision ?? 0}],
          then: [{type: 'put', key, value, lease}],
        },
        {signal},
      )
      if (succeeded) return
    }
    throw new CodedError('META_UNREACHABLE', `${this.options.key} changes too often to be written`)
  }

  #remember(id: LeaseId): void {
    this.#ourLeases.add(id)
    const [oldest] = this.#ourLeases
    if (this.#ourLeases.size > formerLeasesMax && oldest !== undefined) this.#ourLeases.delete(oldest)
  }

  #lose(reason: string): void {
    this.env.log.warn('meta.lease.lost', {key: this.options.key, reason})
    this.#lease = null
    this.#become('lost')
  }

  #become(state: LeaseState): void {
    if (this.#state === state) return
    this.#state = state
    this.env.log.info('meta.lease.state', {key: this.options.key, state})
    for (const listener of this.#listeners) listener(state)
  }

  /** Every lease that we were granted and that may still live; one that cannot be revoked now expires by itself. */
  async #revoke(): Promise<void> {
    this.#lease = null
    await Promise.all(
      [...this.#ourLeases].map((id) => this.store.revokeLease(id, {timeoutMs: revokeTimeoutMs}).catch(() => {})),
    )
    this.#ourLeases.clear()
  }
}

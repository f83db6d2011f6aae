/**
 * This master's lease: what it has under way carries it, so that others see when it is gone.
 *
 * A claim is a lock key of Vearch's shape whose value says what is being done. Nothing is guarded by the claim alone: the
 * transaction that completes the work compares it.
 */
import type {Clock} from '../env/clock.js'
import type {Log} from '../env/log.js'
import {CodedError, toCodedError} from '../errors/coded-error.js'
import type {MetaRepository} from '../meta/repository.js'
import type {LeaseId} from '../meta/store.js'

const ttlSeconds = 15
const renewalsPerTtl = 3
const retryMs = 500

export interface Claim {
  readonly key: string
  readonly lease: LeaseId
  /** This process works on it no more. The key itself goes with the work's last transaction. */
  release(): void
}

export class Session {
  #lease: LeaseId | null = null
  #running: Promise<void> | null = null
  #claims = 0
  readonly #held = new Set<string>()
  readonly #stopping = new AbortController()

  constructor(
    private readonly repository: MetaRepository,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async start(): Promise<void> {
    this.#lease = (await this.repository.store.grantLease(ttlSeconds)).id
    this.#running ??= this.#keepAlive()
  }

  /** Gives the lease back. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    const lease = this.#lease
    this.#lease = null
    if (lease !== null) await this.repository.store.revokeLease(lease).catch(() => {})
  }

  /** Throws SERVICE_UNAVAILABLE while there is none. */
  get leaseId(): LeaseId {
    if (this.#lease === null) throw new CodedError('SERVICE_UNAVAILABLE', 'the master has no lease', {retryable: true})
    return this.#lease
  }

  claim(): Claim {
    const lease = this.leaseId
    const key = `${this.repository.keys.lock('space')}/${lease}-${++this.#claims}`
    this.#held.add(key)
    return {key, lease, release: () => void this.#held.delete(key)}
  }

  /** Whether this process works on what the claim stands for. */
  holds(key: string): boolean {
    return this.#held.has(key)
  }

  /** Whether the claim is one of this process's, at work or left behind. */
  isOwn(key: string): boolean {
    return this.#lease !== null && key.startsWith(`${this.repository.keys.lock('space')}/${this.#lease}-`)
  }

  async #keepAlive(): Promise<void> {
    const {signal} = this.#stopping
    const {store} = this.repository
    let waitMs = (ttlSeconds * 1_000) / renewalsPerTtl
    for (;;) {
      await this.clock.sleep(waitMs, signal).catch(() => {})
      if (signal.aborted) return
      try {
        const left = this.#lease === null ? 0 : await store.renewLease(this.#lease, {signal})
        if (left === 0) {
          this.#lease = (await store.grantLease(ttlSeconds, {signal})).id
          this.log.warn('master.session.renewed', {reason: 'the lease had ended'})
        }
        waitMs = (ttlSeconds * 1_000) / renewalsPerTtl
      } catch (thrown) {
        if (signal.aborted) return
        this.log.warn('master.session.unreachable', {error: toCodedError(thrown).message})
        waitMs = retryMs
      }
    }
  }
}

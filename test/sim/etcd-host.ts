/**
 * Where the simulated etcd runs: a machine of its own, which can be away, slow, or silent after the deed.
 */
import type {WatchEvent} from '../../src/meta/store.js'
import type {SimEtcd} from './etcd.js'
import type {Prng} from './prng.js'
import type {Process} from './process.js'
import type {Asker, Wire} from './wire.js'
import type {World} from './world.js'

interface Changes {
  readonly events: readonly WatchEvent[]
  readonly revision: number
}

export class EtcdHost {
  readonly ip = '10.0.0.1'
  /** Of the faults that are under way, what each adds; the answer waits for all of them. */
  slowUs = 0
  /** How likely an answer is never heard. */
  lostAnswers = 0
  /** How likely a request breaks off on its way. */
  lostRequests = 0
  /** How many faults keep it away. */
  #down = 0
  readonly #random: Prng
  readonly #lostRequests: Prng
  readonly #polls = new Set<() => void>()

  constructor(
    private readonly world: World,
    private readonly wire: Wire,
    readonly etcd: SimEtcd,
    private readonly process: Process,
  ) {
    this.#random = world.random.fork('etcd-host')
    this.#lostRequests = this.#random.fork('lost requests')
  }

  get isUp(): boolean {
    return this.#down === 0
  }

  down(): void {
    this.#down += 1
    this.breakWatches()
  }

  up(): void {
    this.#down -= 1
  }

  /** Every watch that waits hears that its connection broke. */
  breakWatches(): void {
    for (const end of [...this.#polls]) end()
  }

  execute<T>(asker: Asker, execute: () => T, signal: AbortSignal): Promise<T> {
    return this.#ask(
      asker,
      async () => {
        if (this.slowUs > 0) await this.#sleep(this.#random.exponential(this.slowUs))
        if (!this.isUp || this.#lostRequests.chance(this.lostRequests)) throw connectionLost()
        const result = execute()
        if (this.#random.chance(this.lostAnswers)) throw connectionLost()
        return result
      },
      signal,
    )
  }

  /** The next changes under the prefix from a revision on: at once if there are some, else when there are. */
  changes(asker: Asker, prefix: string, from: number, signal: AbortSignal): Promise<Changes> {
    return this.#ask(
      asker,
      (gone) =>
        new Promise((resolve, reject) => {
          const finish = (settle: () => void) => {
            this.#polls.delete(broken)
            settle()
          }
          const broken = () => finish(() => reject(connectionLost()))
          const look = () => {
            if (!this.#polls.has(broken)) return
            if (gone.aborted) return broken()
            try {
              const found = this.etcd.changes(prefix, from)
              if (found === null) this.etcd.whenChanged(look)
              else finish(() => resolve(found))
            } catch (thrown) {
              finish(() => reject(thrown))
            }
          }
          this.#polls.add(broken)
          look()
        }),
      signal,
    )
  }

  #ask<T>(asker: Asker, serve: (gone: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const server = () => ({ip: this.ip, process: this.isUp ? this.process : null})
    return this.wire.ask(asker, server, serve, signal)
  }

  #sleep(us: number): Promise<void> {
    return new Promise((resolve) => void this.world.after(us, null, 'etcd', resolve))
  }
}

function connectionLost(): Error {
  return Object.assign(new Error('the connection to etcd broke'), {code: 'ECONNRESET'})
}

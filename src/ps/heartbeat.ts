/**
 * The server's record in the metadata, there for as long as the server lives: whoever sees it may place partitions here
 * and send requests, so it appears only once the rpc port is open (spec fault O6).
 *
 * A record that an earlier run of this server left behind has its address and is simply taken over. One with another
 * address is either such a leftover, then it goes with its lease, or a second server with our id, then it stays and this
 * one must not start.
 */
import type {PartitionId} from '../entity/ids.js'
import type {Server} from '../entity/server.js'
import type {Env} from '../env/env.js'
import {CodedError} from '../errors/coded-error.js'
import {LeaseKeeper, type LeaseState} from '../meta/lease-keeper.js'
import {decodeRecord, encodeRecord, type MetaRepository} from '../meta/repository.js'
import type {KeyValue} from '../meta/store.js'
import type {Partitions} from './partitions.js'
import {Turns} from './turns.js'

const pollMs = 200
/** Beyond its time to live: etcd ends leases about once in half a second. */
const leaseGraceMs = 2_000

export class Heartbeat {
  readonly #keeper: LeaseKeeper
  readonly #updates = new Turns()
  #unsubscribe: () => void = () => {}

  constructor(
    private readonly server: Omit<Server, 'p_ids'>,
    private readonly partitions: Partitions,
    private readonly repository: MetaRepository,
    private readonly env: Env,
    private readonly ttlSeconds: number,
  ) {
    this.#keeper = new LeaseKeeper(repository.store, env, {
      key: repository.keys.server(server.name),
      value: this.#record(partitions.ids()),
      ttlSeconds,
      mayTake: (held) => isSameServer(held, server),
    })
  }

  get state(): LeaseState {
    return this.#keeper.state
  }

  /** Errors: NODE_ID_LIVE_ELSEWHERE. */
  async start(signal: AbortSignal): Promise<void> {
    this.#unsubscribe = this.partitions.onChange(() => void this.#updates.run(() => this.#update()))
    const {clock} = this.env
    const endsAt = clock.nowMs() + this.ttlSeconds * 1_000 + leaseGraceMs
    for (;;) {
      try {
        await this.#keeper.start(signal)
        return await this.#update()
      } catch (thrown) {
        if (!(thrown instanceof CodedError) || thrown.errorName !== 'GUARD_FAILED') throw thrown
        if (clock.nowMs() >= endsAt) throw this.#liveElsewhere(thrown)
        await clock.sleep(pollMs, signal)
      }
    }
  }

  /** Takes the record away. */
  async stop(): Promise<void> {
    this.#unsubscribe()
    await this.#keeper.stop()
  }

  async #update(): Promise<void> {
    const record = this.#record(this.partitions.ids())
    await this.#keeper.update(record).catch((thrown) => {
      this.env.log.warn('ps.heartbeat.update.failed', {error: String(thrown)})
    })
  }

  #record(p_ids: readonly PartitionId[]): string {
    return encodeRecord({...this.server, p_ids} satisfies Server)
  }

  #liveElsewhere(cause: CodedError): CodedError {
    const {name} = this.server
    const detail = `node ${name} is registered under another address: ${this.repository.keys.server(name)}`
    return new CodedError('NODE_ID_LIVE_ELSEWHERE', detail, {
      hint: 'Two servers have the same data directory, or copies of it: stop one of them.',
      cause,
    })
  }
}

/** Whether the record was written by a server that listens where this one does: an earlier run of it. */
export function isSameServer(held: Pick<KeyValue, 'value'>, {ip, rpc_port}: Pick<Server, 'ip' | 'rpc_port'>): boolean {
  try {
    const record = decodeRecord<Server>(held.value)
    return record.ip === ip && record.rpc_port === rpc_port
  } catch {
    return true
  }
}

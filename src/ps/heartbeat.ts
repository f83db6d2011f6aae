/**
 * The server's record in the metadata, there for as long as the server lives: whoever sees it may place partitions here
 * and send requests, so it appears only once the rpc port is open (spec fault O6).
 *
 * Whether the id is free is looked at before anything is opened (`own-record.ts`), and once more here: of two servers with
 * one id that start in the same moment, one gets the record.
 */
import type {PartitionId} from '../entity/ids.js'
import type {Server} from '../entity/server.js'
import type {Env} from '../env/env.js'
import {Turns} from '../env/turns.js'
import {CodedError} from '../errors/coded-error.js'
import {LeaseKeeper, type LeaseState} from '../meta/lease-keeper.js'
import {encodeRecord, type MetaRepository} from '../meta/repository.js'
import {isSameServer, liveElsewhere} from './own-record.js'
import type {Partitions} from './partitions.js'

export class Heartbeat {
  readonly #keeper: LeaseKeeper
  readonly #updates = new Turns()
  #unsubscribe: () => void = () => {}

  constructor(
    private readonly server: Omit<Server, 'p_ids'>,
    private readonly partitions: Partitions,
    private readonly repository: MetaRepository,
    private readonly env: Env,
    ttlSeconds: number,
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
    try {
      await this.#keeper.start(signal)
    } catch (thrown) {
      const isHeld = thrown instanceof CodedError && thrown.errorName === 'GUARD_FAILED'
      throw isHeld ? liveElsewhere(this.repository, this.server.name, thrown) : thrown
    }
    await this.#update()
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
}

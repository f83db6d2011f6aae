/**
 * What is known of a cluster right now, for a prompt and for completion: kept up by one watch, so that looking costs nothing and
 * never waits. It may be a moment old, and while etcd does not answer as old as that; `state` says so.
 */
import type {NodeId} from '../../entity/ids.js'
import {silentLog} from '../../env/log.js'
import {Keys} from '../../meta/keys.js'
import {LiveView} from '../../meta/live-view.js'
import type {MetaStore} from '../../meta/store.js'
import type {Connections} from './connections.js'

/** `unknown` until etcd was asked, and where it cannot even be asked. */
export type LiveState = 'unknown' | 'up' | 'down'

const pulseEveryMs = 3_000
const pulseTimeoutMs = 2_000

export class LiveCluster {
  #state: LiveState = 'unknown'
  #cluster: string | null = null
  #view: LiveView | null = null
  #following: Promise<void> | null = null
  readonly #stopping = new AbortController()

  /** The connections become its own: `stop` closes them. */
  constructor(
    private readonly connections: Connections,
    /** Called when what is known has changed. */
    private readonly onChange: () => void,
  ) {}

  get state(): LiveState {
    return this.#state
  }

  /** Null until it is known. */
  get cluster(): string | null {
    return this.#cluster
  }

  /** Null before the first answer. */
  get view(): LiveView | null {
    return this.#view !== null && this.#view.revision > 0 ? this.#view : null
  }

  /** Partition servers that are alive, and all that there should be. */
  get servers(): {readonly alive: number; readonly all: number} | null {
    const {view} = this
    if (view === null) return null
    const all = new Set<NodeId>([...view.servers.keys(), ...view.failServers.keys()])
    for (const {replicas} of view.partitions.values()) for (const node of replicas ?? []) all.add(node)
    return {alive: view.servers.size, all: all.size}
  }

  start(): void {
    this.#following ??= this.#follow()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#view?.stop(), this.#following, this.connections.close()])
  }

  async #follow(): Promise<void> {
    try {
      this.#cluster = await this.connections.cluster()
      this.onChange()
      const store = await this.connections.store()
      const view = new LiveView(store, new Keys(this.#cluster), silentLog)
      this.#view = view
      view.onChange(this.onChange)
      void view.start(this.#stopping.signal).catch(() => {})
      await this.#feelPulse(store)
    } catch {
      // whoever asks it in earnest is told why not
    }
  }

  async #feelPulse(store: MetaStore): Promise<void> {
    const {signal} = this.#stopping
    while (!signal.aborted) {
      const isUp = await store.status({signal, timeoutMs: pulseTimeoutMs}).then(
        () => true,
        () => false,
      )
      if (signal.aborted) return
      const state = isUp ? 'up' : 'down'
      if (state !== this.#state) {
        this.#state = state
        this.onChange()
      }
      await this.connections.env.clock.sleep(pulseEveryMs, signal).catch(() => {})
    }
  }
}

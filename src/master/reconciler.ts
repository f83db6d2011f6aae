/** Compares what is with what ought to be, after every change that matters and now and then without one, and acts. */
import {type NodeId, spaceId} from '../entity/ids.js'
import type {FailServer, Server} from '../entity/server.js'
import {toCodedError} from '../errors/coded-error.js'
import type {ViewChange} from '../meta/live-view.js'
import {absent, putRecord, unchanged} from '../meta/repository.js'
import {type Call, type Cluster, ownCall} from './cluster.js'
import {type Action, decide, type Sight} from './reconcile.js'
import type {Session} from './session.js'
import type {Removal, SpaceRemoval} from './space-removal.js'

/** Between two looks when nothing changes: for what a server refused or could not be told. */
const periodMs = 30_000
/** Changes come in bursts; one look takes them all. */
const settleMs = 200
const roundTimeoutMs = 60_000
/** Servers that start together with this master are alive by then. */
const coldStartMs = 15_000

export class Reconciler {
  readonly #stopping = new AbortController()
  readonly #lastSeen = new Map<NodeId, Server>()
  #running: Promise<void> | null = null
  #wake: (() => void) | null = null
  #woken = false
  #stopListening: (() => void) | null = null
  #startedAtMs = 0

  constructor(
    private readonly cluster: Cluster,
    private readonly session: Session,
    private readonly removal: SpaceRemoval,
  ) {}

  /** The view must have its first snapshot. */
  start(): void {
    if (this.#running !== null) return
    this.#startedAtMs = this.cluster.clock.nowMs()
    this.#remember()
    this.#stopListening = this.cluster.view.onChange((changes) => this.#notice(changes))
    this.#running = this.#run()
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#stopListening?.()
    this.#wake?.()
    await this.#running
  }

  /** One look: decides and acts. */
  async round(call: Call): Promise<readonly Action[]> {
    const actions = decide(await this.#look(call))
    for (const action of actions) {
      try {
        await this.#act(action, call)
      } catch (thrown) {
        if (this.#stopping.signal.aborted) return actions
        this.cluster.log.warn('master.reconcile.failed', {action: action.type, error: toCodedError(thrown).message})
      }
    }
    return actions
  }

  #notice(changes: readonly ViewChange[]): void {
    this.#remember()
    const matters = changes.some(
      ({parsed: {kind}, type}) =>
        kind === 'server' || kind === 'failServer' || kind === 'removal' || (kind === 'lock' && type === 'delete'),
    )
    if (!matters) return
    this.#woken = true
    this.#wake?.()
  }

  #remember(): void {
    for (const [node, server] of this.cluster.view.servers) this.#lastSeen.set(node, server)
  }

  async #run(): Promise<void> {
    const {clock, log} = this.cluster
    const {signal} = this.#stopping
    while (!signal.aborted) {
      const call = ownCall(clock, signal, roundTimeoutMs)
      await clock.sleep(settleMs, signal).catch(() => {})
      if (signal.aborted) return
      this.#woken = false
      await this.round(call).catch((thrown: unknown) => {
        if (!signal.aborted) log.warn('master.reconcile.blind', {error: toCodedError(thrown).message})
      })
      if (!this.#woken) await this.#pause()
    }
  }

  async #pause(): Promise<void> {
    if (this.#stopping.signal.aborted) return
    await new Promise<void>((resolve) => {
      const timer = this.cluster.clock.after(periodMs, resolve)
      this.#wake = () => {
        timer.cancel()
        resolve()
      }
    })
    this.#wake = null
  }

  async #look({signal}: Call): Promise<Sight> {
    const {view, repository} = this.cluster
    const removals = await repository.list<Removal>(repository.keys.removalPrefix, {signal})
    const spaces = [...view.spaces.values()]
    return {
      spaces,
      servers: view.servers,
      failServers: view.failServers,
      lastSeen: this.#lastSeen,
      isSettled: this.cluster.clock.nowMs() - this.#startedAtMs >= coldStartMs,
      removals: removals.items.map(({value}) => value),
      claims: await this.#claims(signal),
    }
  }

  /** A claim is a key of a lease: while it is there its master lives, and if that is this one it knows what it works on. */
  async #claims(signal: AbortSignal): Promise<Sight['claims']> {
    const {store, keys} = this.cluster.repository
    const {kvs} = await store.range(`${keys.lock('space')}/`, {signal})
    return kvs.map(({key, value}) => ({
      key,
      space: spaceId(Number(new TextDecoder().decode(value).split('/')[1])),
      alive: !this.session.isOwn(key) || this.session.holds(key),
    }))
  }

  async #act(action: Action, call: Call): Promise<void> {
    const {repository, clock, log} = this.cluster
    const {keys, store} = repository
    switch (action.type) {
      case 'markFailed': {
        const {node, server} = action
        const record: FailServer = {nodeID: node, time_stamp: Math.floor(clock.wallMs() / 1_000), server}
        const key = keys.failServer(node)
        const transaction = {compare: [absent(keys.server(node)), absent(key)], then: [putRecord(key, record)]}
        const {succeeded} = await store.transact(transaction, {signal: call.signal})
        if (succeeded) log.warn('master.server.failed', {node, ip: server.ip, partitions: server.p_ids?.length})
        return
      }
      case 'clearFailed': {
        const live = await repository.server(action.node, {signal: call.signal})
        if (live === null) return
        const then = [{type: 'delete', key: keys.failServer(action.node)} as const]
        await store.transact({compare: [unchanged(live)], then}, {signal: call.signal})
        log.info('master.server.returned', {node: action.node})
        return
      }
      case 'removeUnfinished': {
        const {db_id, id} = action.space
        const stored = await repository.space(db_id, id, {signal: call.signal})
        const claims = await this.#claims(call.signal)
        if (stored === null || stored.value.version > 1 || claims.some(({space}) => space === id)) return
        await this.removal.remove(stored, call)
        return
      }
      case 'removeClaimed':
        return this.removal.removeClaimed(action.claimKey, call)
      case 'workOff':
        return this.removal.workOff(action.space, call)
    }
  }
}

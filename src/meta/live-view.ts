/**
 * The metadata as it is now, kept in memory by one watch over the whole cluster prefix.
 *
 * Reads cost nothing and may be a moment old; `revision` says how old. `whenAtLeast` waits for the view to catch up with
 * a revision that the caller knows of. A snapshot after a compaction replaces everything, so nothing stale survives.
 * Used by the router for every request, and by the tool for prompt and completion.
 */
import type {Alias} from '../entity/alias.js'
import type {Db} from '../entity/db.js'
import type {DbId, NodeId, PartitionId, SpaceId} from '../entity/ids.js'
import type {Partition} from '../entity/partition.js'
import type {ReplicaChange} from '../entity/replica-change.js'
import type {Role} from '../entity/role.js'
import type {FailServer, Server} from '../entity/server.js'
import type {Space} from '../entity/space.js'
import type {User} from '../entity/user.js'
import type {Log} from '../env/log.js'
import {CodedError} from '../errors/coded-error.js'
import type {Keys, ParsedKey} from './keys.js'
import {decodeRecord} from './repository.js'
import type {MetaStore, WatchMessage} from './store.js'

export interface ViewChange {
  readonly key: string
  readonly parsed: ParsedKey
  readonly type: 'put' | 'delete'
}

export class LiveView<Store extends Pick<MetaStore, 'watch'> = MetaStore> {
  readonly dbs = new Map<DbId, Db>()
  readonly spaces = new Map<SpaceId, Space>()
  readonly partitions = new Map<PartitionId, Partition>()
  /** Under way or ended, by partition. */
  readonly replicaChanges = new Map<PartitionId, ReplicaChange>()
  readonly servers = new Map<NodeId, Server>()
  readonly failServers = new Map<NodeId, FailServer>()
  /** Servers that get no new replicas. */
  readonly cordoned = new Set<NodeId>()
  readonly users = new Map<string, User>()
  readonly roles = new Map<string, Role>()
  readonly aliases = new Map<string, Alias>()
  /** IPs of the routers that are alive. */
  readonly routers = new Set<string>()
  /** Records of other kinds by key: the cluster-wide limits, members. */
  readonly records = new Map<string, unknown>()

  #revision = 0
  readonly #dbIdByName = new Map<string, DbId>()
  readonly #spaceIdByName = new Map<string, SpaceId>()
  readonly #listeners = new Set<(changes: readonly ViewChange[]) => void>()
  readonly #waiters = new Set<{readonly revision: number; readonly wake: () => void}>()
  readonly #stopping = new AbortController()
  #running: Promise<void> | null = null

  constructor(
    readonly store: Store,
    readonly keys: Keys,
    readonly log: Log,
  ) {}

  /** Resolves when the first snapshot is in. */
  async start(signal?: AbortSignal): Promise<void> {
    this.#running ??= this.#follow()
    await this.whenAtLeast(1, signal)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  /** The store's revision up to which the view is complete; 0 before the first snapshot. */
  get revision(): number {
    return this.#revision
  }

  dbByName(name: string): Db | undefined {
    const id = this.#dbIdByName.get(name)
    return id === undefined ? undefined : this.dbs.get(id)
  }

  spaceByName(db: DbId, name: string): Space | undefined {
    const id = this.#spaceIdByName.get(`${db}/${name}`)
    return id === undefined ? undefined : this.spaces.get(id)
  }

  /** Calls back after each batch of changes; returns the way to stop it. */
  onChange(listener: (changes: readonly ViewChange[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Rejects with CANCELED if the signal is aborted or the view stops before that. */
  async whenAtLeast(revision: number, signal?: AbortSignal): Promise<void> {
    if (this.#revision >= revision) return
    const ends = [this.#stopping.signal, ...(signal === undefined ? [] : [signal])]
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#waiters.delete(waiter)
        for (const end of ends) end.removeEventListener('abort', abandon)
      }
      const abandon = () => {
        leave()
        reject(new CodedError('CANCELED', `the metadata view did not reach revision ${revision}`))
      }
      const wake = () => {
        leave()
        resolve()
      }
      const waiter = {revision, wake}
      this.#waiters.add(waiter)
      for (const end of ends) end.addEventListener('abort', abandon, {once: true})
      if (ends.some((end) => end.aborted)) abandon()
    })
  }

  async #follow(): Promise<void> {
    for await (const message of this.store.watch(this.keys.all, {signal: this.#stopping.signal})) this.#take(message)
  }

  #take(message: WatchMessage): void {
    const changes: ViewChange[] = []
    if (message.type === 'snapshot') {
      this.#clear()
      // Lower than before if the store was restored from a backup.
      this.#revision = message.revision
      for (const kv of message.kvs) changes.push(this.#put(kv.key, kv.value))
    } else {
      for (const event of message.events) {
        changes.push(event.type === 'put' ? this.#put(event.kv.key, event.kv.value) : this.#delete(event.key))
      }
    }
    this.#revision = Math.max(this.#revision, message.revision)
    for (const waiter of this.#waiters) {
      if (waiter.revision <= this.#revision) waiter.wake()
    }
    for (const listener of this.#listeners) listener(changes)
  }

  #clear(): void {
    for (const map of [
      this.dbs,
      this.spaces,
      this.partitions,
      this.replicaChanges,
      this.servers,
      this.failServers,
      this.cordoned,
      this.users,
      this.roles,
      this.aliases,
      this.routers,
      this.records,
      this.#dbIdByName,
      this.#spaceIdByName,
    ])
      map.clear()
  }

  #put(key: string, value: Uint8Array): ViewChange {
    const parsed = this.keys.parse(key)
    try {
      this.#store(key, parsed, value)
    } catch (thrown) {
      this.log.warn('meta.record.broken', {key, reason: (thrown as Error).message})
    }
    return {key, parsed, type: 'put'}
  }

  #store(key: string, parsed: ParsedKey, value: Uint8Array): void {
    switch (parsed.kind) {
      case 'db': {
        const db = decodeRecord<Db>(value)
        this.#forgetDbName(parsed.id)
        this.dbs.set(parsed.id, db)
        this.#dbIdByName.set(db.name, parsed.id)
        return
      }
      case 'space': {
        const space = decodeRecord<Space>(value)
        this.#forgetSpaceName(parsed.dbId, parsed.id)
        this.spaces.set(parsed.id, space)
        this.#spaceIdByName.set(`${parsed.dbId}/${space.name}`, parsed.id)
        return
      }
      case 'partition':
        this.partitions.set(parsed.id, decodeRecord(value))
        return
      case 'replicaChange':
        this.replicaChanges.set(parsed.id, decodeRecord(value))
        return
      case 'server':
        this.servers.set(parsed.id, decodeRecord(value))
        return
      case 'failServer':
        this.failServers.set(parsed.id, decodeRecord(value))
        return
      case 'cordon':
        this.cordoned.add(parsed.id)
        return
      case 'user':
        this.users.set(parsed.name, decodeRecord(value))
        return
      case 'role':
        this.roles.set(parsed.name, decodeRecord(value))
        return
      case 'alias':
        this.aliases.set(parsed.name, decodeRecord(value))
        return
      case 'router':
        this.routers.add(parsed.ip)
        return
      case 'requestLimit':
      case 'memoryLimit':
      case 'slowSearchIsolation':
      case 'member':
        this.records.set(key, decodeRecord(value))
    }
  }

  #delete(key: string): ViewChange {
    const parsed = this.keys.parse(key)
    switch (parsed.kind) {
      case 'db':
        this.#forgetDbName(parsed.id)
        this.dbs.delete(parsed.id)
        break
      case 'space':
        this.#forgetSpaceName(parsed.dbId, parsed.id)
        this.spaces.delete(parsed.id)
        break
      case 'partition':
        this.partitions.delete(parsed.id)
        break
      case 'cordon':
        this.cordoned.delete(parsed.id)
        break
      case 'replicaChange':
        this.replicaChanges.delete(parsed.id)
        break
      case 'server':
        this.servers.delete(parsed.id)
        break
      case 'failServer':
        this.failServers.delete(parsed.id)
        break
      case 'user':
        this.users.delete(parsed.name)
        break
      case 'role':
        this.roles.delete(parsed.name)
        break
      case 'alias':
        this.aliases.delete(parsed.name)
        break
      case 'router':
        this.routers.delete(parsed.ip)
        break
      default:
        this.records.delete(key)
    }
    return {key, parsed, type: 'delete'}
  }

  /** What was renamed must not be found under its old name. */
  #forgetDbName(id: DbId): void {
    const name = this.dbs.get(id)?.name
    if (name !== undefined && this.#dbIdByName.get(name) === id) this.#dbIdByName.delete(name)
  }

  #forgetSpaceName(db: DbId, id: SpaceId): void {
    const name = `${db}/${this.spaces.get(id)?.name}`
    if (this.#spaceIdByName.get(name) === id) this.#spaceIdByName.delete(name)
  }
}

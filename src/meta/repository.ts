/**
 * The metadata as entities instead of bytes.
 *
 * Reads return what was read together with its revision, so that a later write can compare it. A record that cannot be
 * decoded never stops a scan: it is reported beside the rest.
 */
import type {Alias} from '../entity/alias.js'
import type {Db} from '../entity/db.js'
import {type DbId, dbId, type NodeId, type PartitionId, type SpaceId} from '../entity/ids.js'
import {parseJson, stringifyJson} from '../entity/json.js'
import type {Partition} from '../entity/partition.js'
import type {ReplicaChange} from '../entity/replica-change.js'
import type {Role} from '../entity/role.js'
import type {FailServer, Server} from '../entity/server.js'
import type {Space, SpaceConfig} from '../entity/space.js'
import type {User} from '../entity/user.js'
import type {Keys} from './keys.js'
import type {CallOptions, Compare, KeyValue, LeaseId, MetaStore, Operation, RangeOptions} from './store.js'

export interface Stored<T> {
  readonly value: T
  readonly key: string
  readonly modRevision: number
  readonly lease: LeaseId | null
}

export interface BrokenRecord {
  readonly key: string
  readonly modRevision: number
  readonly reason: string
}

export interface Listing<T> {
  readonly items: readonly Stored<T>[]
  readonly broken: readonly BrokenRecord[]
  readonly revision: number
}

const text = new TextDecoder('utf-8', {fatal: true})

/** Throws SyntaxError or TypeError: the value is not UTF-8 JSON. */
export function decodeRecord<T>(value: Uint8Array): T {
  return parseJson(text.decode(value)) as T
}

export function encodeRecord(value: unknown): string {
  return stringifyJson(value)
}

export class MetaRepository {
  constructor(
    readonly store: MetaStore,
    readonly keys: Keys,
  ) {}

  db = (id: DbId, options?: CallOptions) => this.#get<Db>(this.keys.db(id), options)
  dbs = (options?: RangeOptions) => this.list<Db>(this.keys.dbPrefix, options)
  space = (db: DbId, id: SpaceId, options?: CallOptions) => this.#get<Space>(this.keys.space(db, id), options)
  spaces = (options?: RangeOptions) => this.list<Space>(this.keys.spacePrefix, options)
  spacesOf = (db: DbId, options?: RangeOptions) => this.list<Space>(this.keys.spacesOf(db), options)
  spaceConfig = (db: DbId, id: SpaceId, options?: CallOptions) =>
    this.#get<SpaceConfig>(this.keys.spaceConfig(db, id), options)
  partition = (id: PartitionId, options?: CallOptions) => this.#get<Partition>(this.keys.partition(id), options)
  partitions = (options?: RangeOptions) => this.list<Partition>(this.keys.partitionPrefix, options)
  replicaChange = (id: PartitionId, options?: CallOptions) =>
    this.#get<ReplicaChange>(this.keys.replicaChange(id), options)
  replicaChanges = (options?: RangeOptions) => this.list<ReplicaChange>(this.keys.replicaChangePrefix, options)
  server = (id: NodeId, options?: CallOptions) => this.#get<Server>(this.keys.server(id), options)
  servers = (options?: RangeOptions) => this.list<Server>(this.keys.serverPrefix, options)
  failServers = (options?: RangeOptions) => this.list<FailServer>(this.keys.failServerPrefix, options)
  user = (name: string, options?: CallOptions) => this.#get<User>(this.keys.user(name), options)
  users = (options?: RangeOptions) => this.list<User>(this.keys.userPrefix, options)
  role = (name: string, options?: CallOptions) => this.#get<Role>(this.keys.role(name), options)
  roles = (options?: RangeOptions) => this.list<Role>(this.keys.rolePrefix, options)
  alias = (name: string, options?: CallOptions) => this.#get<Alias>(this.keys.alias(name), options)
  aliases = (options?: RangeOptions) => this.list<Alias>(this.keys.aliasPrefix, options)
  /** A record whose key has no entity of its own here, such as the cluster-wide limits. */
  record = <T>(key: string, options?: CallOptions) => this.#get<T>(key, options)

  /** By name, through the name's own key. */
  async dbByName(name: string, options?: CallOptions): Promise<Stored<Db> | null> {
    const id = await this.store.get(this.keys.dbId(name), options)
    return id === null ? null : this.db(dbId(Number(text.decode(id.value))), options)
  }

  async spaceByName(db: DbId, name: string, options?: CallOptions): Promise<Stored<Space> | null> {
    const {items} = await this.spacesOf(db, options)
    return items.find(({value}) => value.name === name) ?? null
  }

  /** Of up to 128 partitions in one call. */
  async partitionsOf(ids: readonly PartitionId[], options?: CallOptions): Promise<(Stored<Partition> | null)[]> {
    const then = ids.map((id) => ({type: 'get', key: this.keys.partition(id)}) as const)
    const {results} = await this.store.transact({then}, options)
    return results.map((result) => (result.type === 'get' && result.kv !== null ? stored(result.kv) : null))
  }

  async list<T>(prefix: string, options?: RangeOptions): Promise<Listing<T>> {
    const {kvs, revision} = await this.store.range(prefix, options)
    const items: Stored<T>[] = []
    const broken: BrokenRecord[] = []
    for (const kv of kvs) {
      try {
        items.push(stored<T>(kv))
      } catch (thrown) {
        broken.push({key: kv.key, modRevision: kv.modRevision, reason: (thrown as Error).message})
      }
    }
    return {items, broken, revision}
  }

  async #get<T>(key: string, options?: CallOptions): Promise<Stored<T> | null> {
    const kv = await this.store.get(key, options)
    return kv === null ? null : stored<T>(kv)
  }
}

function stored<T>(kv: KeyValue): Stored<T> {
  return {value: decodeRecord<T>(kv.value), key: kv.key, modRevision: kv.modRevision, lease: kv.lease}
}

/** The compare that guards a write with the revision that was read. */
export function unchanged({key, modRevision}: {readonly key: string; readonly modRevision: number}): Compare {
  return {key, target: 'modRevision', equals: modRevision}
}

export function absent(key: string): Compare {
  return {key, target: 'version', equals: 0}
}

export function putRecord(key: string, value: unknown, lease?: LeaseId): Operation {
  return {type: 'put', key, value: encodeRecord(value), ...(lease === undefined ? {} : {lease})}
}

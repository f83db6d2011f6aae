/**
 * All records of one cluster's metadata at one revision, by what they are about. Pure.
 *
 * Nothing is left out: what cannot be read is among `broken`, what belongs to no known kind among `strays`.
 */
import type {Alias} from '../../entity/alias.js'
import type {Db} from '../../entity/db.js'
import type {DbId, NodeId, PartitionId, SpaceId} from '../../entity/ids.js'
import type {Partition} from '../../entity/partition.js'
import type {Role} from '../../entity/role.js'
import type {FailServer, Server} from '../../entity/server.js'
import type {Space} from '../../entity/space.js'
import type {User} from '../../entity/user.js'
import type {Keys, ParsedKey, SequenceName} from '../../meta/keys.js'
import type {KeyValue} from '../../meta/store.js'
import type {BrokenRecord, Known} from './record.js'
import {homeOf} from './record-at.js'
import {decodedRecord} from './record-shape.js'

export interface MasterMember {
  readonly name: string
  readonly address?: string
  readonly api_port?: number
  readonly etcd_client_port?: number
  readonly etcd_peer_port?: number
}

export interface LockRecord {
  readonly name: string
  readonly leaseId: string
}

/** See `doctor/mutes.ts`. */
export interface MuteRecord {
  readonly code: string
  /** Null: whatever the check finds. */
  readonly subject: string | null
  readonly reason: string
  /** Wall milliseconds. */
  readonly untilMs: number
}

/** See `admin/nodes/cordon.ts`. */
export interface CordonRecord {
  readonly reason: string
  /** Wall milliseconds. */
  readonly sinceMs: number
}

export interface Metadata {
  readonly keys: Keys
  /** `etcd 10.0.0.1:2370`, `snapshot prod.db`. */
  readonly place: string
  readonly revision: number
  /** Of all keys and values: what a store without history would hold. */
  readonly bytes: number
  readonly sequences: ReadonlyMap<SequenceName, Known<string>>
  readonly dbs: ReadonlyMap<DbId, Known<Db>>
  /** What `db/id/<id>` says the name is. */
  readonly dbNames: ReadonlyMap<DbId, Known<string>>
  /** What `db/name/<name>` says the id is. */
  readonly dbIds: ReadonlyMap<string, Known<string>>
  readonly spaces: ReadonlyMap<SpaceId, Known<Space>>
  readonly partitions: ReadonlyMap<PartitionId, Known<Partition>>
  /** Alive, by their leases. */
  readonly servers: ReadonlyMap<NodeId, Known<Server>>
  readonly failServers: ReadonlyMap<NodeId, Known<FailServer>>
  /** By IP. */
  readonly routers: ReadonlyMap<string, Known<string>>
  readonly aliases: ReadonlyMap<string, Known<Alias>>
  readonly users: ReadonlyMap<string, Known<User>>
  readonly roles: ReadonlyMap<string, Known<Role>>
  /** By etcd's member id, 64 bits in decimal. */
  readonly members: ReadonlyMap<string, Known<MasterMember>>
  readonly locks: readonly Known<LockRecord>[]
  readonly mutes: readonly Known<MuteRecord>[]
  /** Servers that get no new replicas. */
  readonly cordons: ReadonlyMap<NodeId, Known<CordonRecord>>
  /** JSON that no code here looks into: engine settings, limits, removals. */
  readonly others: readonly Known<unknown>[]
  readonly strays: readonly Known<Uint8Array>[]
  /** By key. */
  readonly broken: ReadonlyMap<string, BrokenRecord>
}

export type MetadataOrigin = Pick<Metadata, 'keys' | 'place' | 'revision'>

type Draft = {
  -readonly [Field in keyof Metadata]: Metadata[Field] extends ReadonlyMap<infer K, infer V>
    ? Map<K, V>
    : Metadata[Field] extends readonly (infer T)[]
      ? T[]
      : Metadata[Field]
}

/** Keeps what `add` is given; `metadata` is complete when everything of the revision was added. */
export class MetadataReader {
  readonly metadata: Metadata
  readonly #draft: Draft

  constructor(at: MetadataOrigin, draft: Partial<Draft> = {}) {
    this.#draft = {
      bytes: 0,
      sequences: new Map(),
      dbs: new Map(),
      dbNames: new Map(),
      dbIds: new Map(),
      spaces: new Map(),
      partitions: new Map(),
      servers: new Map(),
      failServers: new Map(),
      routers: new Map(),
      aliases: new Map(),
      users: new Map(),
      roles: new Map(),
      members: new Map(),
      locks: [],
      mutes: [],
      cordons: new Map(),
      others: [],
      strays: [],
      broken: new Map(),
      ...draft,
      ...at,
    }
    this.metadata = this.#draft
  }

  /** Goes on from what was read before, which stays as it is. */
  static of(metadata: Metadata): MetadataReader {
    const copied = Object.entries(metadata).map(([name, value]) => {
      if (value instanceof Map) return [name, new Map(value)]
      return [name, Array.isArray(value) ? [...value] : value]
    })
    const {keys, place, revision} = metadata
    return new MetadataReader({keys, place, revision}, Object.fromEntries(copied))
  }

  set revision(revision: number) {
    this.#draft.revision = revision
  }

  add({key, value, createRevision, modRevision, lease}: KeyValue): void {
    const parsed = this.#draft.keys.parse(key)
    this.#draft.bytes += key.length + value.length
    try {
      this.#keep(parsed, {value: decodedRecord(parsed, value), key, createRevision, modRevision, lease})
    } catch (thrown) {
      const {message: reason} = thrown as Error
      this.#draft.broken.set(key, {key, value, createRevision, modRevision, reason})
    }
  }

  remove(key: string): void {
    this.#draft.broken.delete(key)
    const home = homeOf(this.#draft, this.#draft.keys.parse(key))
    if ('map' in home) (home.map as Map<unknown, unknown>).delete(home.id)
    else {
      const at = home.list.findIndex((record) => record.key === key)
      if (at >= 0) (home.list as Known<unknown>[]).splice(at, 1)
    }
  }

  /** The draft's own containers can be changed, and its value has the shape that its key promises: `decodedRecord` has checked. */
  #keep(parsed: ParsedKey, known: Known<unknown>): void {
    const home = homeOf(this.#draft, parsed)
    if ('map' in home) (home.map as Map<unknown, unknown>).set(home.id, known)
    else (home.list as Known<unknown>[]).push(known)
  }
}

export function metadataOf(at: MetadataOrigin, kvs: Iterable<KeyValue>): Metadata {
  const reader = new MetadataReader(at)
  for (const kv of kvs) reader.add(kv)
  return reader.metadata
}

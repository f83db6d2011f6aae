/**
 * Every partition that the metadata knows, with what its records say of it.
 *
 * Three sources, all read at one revision: the partition's own record (who leads), its space's record (who belongs to
 * it), the servers (who is alive). Where they differ, `state` and `reason` say so. Nothing is asked of the servers
 * themselves: `ok` means that the metadata is in order.
 *
 * Reads page by page and keeps of each record what a row needs, so memory follows the partitions and not their schemas;
 * with a filter, the rows that match.
 */
import type {DbId, NodeId, PartitionId, SpaceId} from '../../entity/ids.js'
import type {Partition} from '../../entity/partition.js'
import type {Space} from '../../entity/space.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import {decodeRecord} from '../../meta/repository.js'
import type {KeyValue} from '../../meta/store.js'
import type {Listing} from '../listing.js'
import {type Membership, type PartitionRow, type PartitionState, partitionRow} from './partition-row.js'

export interface PartitionFilter {
  /** With a replica on this node. */
  readonly nodeId?: NodeId | undefined
  readonly db?: string | undefined
  /** `space`, or `db/space`. */
  readonly space?: string | undefined
  readonly state?: PartitionState | undefined
  /** That the node leads, or only follows. */
  readonly role?: 'leader' | 'follower' | undefined
  readonly unhealthy?: boolean | undefined
}

export async function listPartitions(meta: MetaReading, filter: PartitionFilter = {}): Promise<Listing<PartitionRow>> {
  const scan = new PartitionScan(meta)
  await scan.read()
  const rows: PartitionRow[] = []
  for await (const row of scan.rows()) if (matches(row, filter)) rows.push(row)
  rows.sort((a, b) => a.id - b.id)
  return {rows, source: sourceOf(meta), warnings: scan.warnings}
}

function matches(row: PartitionRow, filter: PartitionFilter): boolean {
  const {nodeId, db, space, state, role, unhealthy = false} = filter
  return (
    (role === undefined || (row.leader === nodeId) === (role === 'leader')) &&
    (!unhealthy || row.state !== 'ok') &&
    (nodeId === undefined || row.replicas.includes(nodeId)) &&
    (db === undefined || row.db === db) &&
    (space === undefined || row.space === space || `${row.db}/${row.space}` === space) &&
    (state === undefined || row.state === state)
  )
}

class PartitionScan {
  readonly warnings: string[] = []
  readonly #dbNames = new Map<DbId, string>()
  readonly #memberships = new Map<PartitionId, Membership>()
  readonly #brokenSpaces = new Set<SpaceId>()
  readonly #alive = new Set<NodeId>()

  constructor(readonly meta: MetaReading) {}

  /** Everything but the partitions' own records. */
  async read(): Promise<void> {
    const {keys} = this.meta
    for await (const kv of this.meta.scan(keys.serverPrefix, {keysOnly: true})) {
      const parsed = keys.parse(kv.key)
      if (parsed.kind === 'server') this.#alive.add(parsed.id)
    }
    for await (const kv of this.meta.scan(keys.dbPrefix)) {
      const parsed = keys.parse(kv.key)
      const name = this.#decode(kv, (value) => (isText(value.name) ? value.name : null))
      if (parsed.kind === 'db' && name !== null) this.#dbNames.set(parsed.id, name)
    }
    for await (const kv of this.meta.scan(keys.spacePrefix)) {
      const parsed = keys.parse(kv.key)
      if (parsed.kind !== 'space') continue
      const space = this.#decode(kv, spaceIn)
      if (space === null) this.#brokenSpaces.add(parsed.id)
      else this.#keep(space, parsed.dbId, parsed.id)
    }
  }

  async *rows(): AsyncGenerator<PartitionRow> {
    const {keys} = this.meta
    for await (const kv of this.meta.scan(keys.partitionPrefix)) {
      const parsed = keys.parse(kv.key)
      if (parsed.kind !== 'partition') continue
      const record = this.#decode(kv, partitionIn)
      yield this.#row(parsed.id, {record, modRevision: kv.modRevision})
      this.#memberships.delete(parsed.id)
    }
    // what is left belongs to a space and has no record of its own
    for (const id of this.#memberships.keys()) yield this.#row(id, null)
  }

  #row(id: PartitionId, own: {record: Partition | null; modRevision: number} | null): PartitionRow {
    const membership = this.#memberships.get(id) ?? null
    const hasBrokenSpace = own?.record != null && this.#brokenSpaces.has(own.record.space_id)
    return partitionRow({id, own, membership, hasBrokenSpace, alive: this.#alive})
  }

  #keep(space: Space, db: DbId, id: SpaceId): void {
    const shared = {db: this.#dbNames.get(db) ?? null, space: space.name, dbId: db, spaceId: id}
    space.partitions.forEach((partition, index) => {
      const next = space.partitions.slice(index + 1).find(({name}) => name === partition.name)
      this.#memberships.set(partition.id, {
        ...shared,
        replicas: partition.replicas ?? [],
        slots: [partition.partition_slot, next === undefined ? slotMax : next.partition_slot - 1],
      })
    })
  }

  #decode<T>({key, value}: KeyValue, read: (record: Readonly<Record<string, unknown>>) => T | null): T | null {
    try {
      const record = decodeRecord<unknown>(value)
      const found = isRecord(record) ? read(record) : null
      if (found === null) this.warnings.push(`${key} cannot be read: it lacks what such a record has`)
      return found
    } catch (thrown) {
      this.warnings.push(`${key} cannot be read: ${(thrown as Error).message}`)
      return null
    }
  }
}

const slotMax = 4_294_967_295

function spaceIn(record: Readonly<Record<string, unknown>>): Space | null {
  const {name, partitions} = record
  const isSound =
    isText(name) && Array.isArray(partitions) && partitions.every((item) => isRecord(item) && partitionIn(item))
  return isSound ? (record as unknown as Space) : null
}

function partitionIn(record: Readonly<Record<string, unknown>>): Partition | null {
  const {id, leader_name = 0, replicas = [], status = {}} = record
  const isSound =
    typeof id === 'number' &&
    typeof leader_name === 'number' &&
    (replicas === null || (Array.isArray(replicas) && replicas.every((node) => typeof node === 'number'))) &&
    (status === null || isRecord(status))
  return isSound ? (record as unknown as Partition) : null
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

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
import type {Db} from '../../entity/db.js'
import type {DbId, NodeId, PartitionId, SpaceId} from '../../entity/ids.js'
import type {Partition} from '../../entity/partition.js'
import {slotsAt} from '../../entity/slot.js'
import type {Space} from '../../entity/space.js'
import type {ParsedKey} from '../../meta/keys.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import type {KeyValue} from '../../meta/store.js'
import type {Listing} from '../listing.js'
import {decodedRecord} from '../picture/record-shape.js'
import {isWanted, type PartitionFilter} from './partition-filter.js'
import {type Membership, type PartitionRow, partitionRow} from './partition-row.js'

export async function listPartitions(meta: MetaReading, filter: PartitionFilter = {}): Promise<Listing<PartitionRow>> {
  const scan = new PartitionScan(meta)
  await scan.read()
  const rows: PartitionRow[] = []
  for await (const row of scan.rows()) if (isWanted(row, filter)) rows.push(row)
  rows.sort((a, b) => a.id - b.id)
  return {rows, source: sourceOf(meta), warnings: scan.warnings}
}

/** As `decodedRecord` has checked them. */
interface Records {
  readonly db: Db
  readonly space: Space
  readonly partition: Partition
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
      if (parsed.kind !== 'db') continue
      const db = this.#read(parsed, kv)
      if (db !== null) this.#dbNames.set(parsed.id, db.name)
    }
    for await (const kv of this.meta.scan(keys.spacePrefix)) {
      const parsed = keys.parse(kv.key)
      if (parsed.kind !== 'space') continue
      const space = this.#read(parsed, kv)
      if (space === null) this.#brokenSpaces.add(parsed.id)
      else this.#keep(space, parsed.dbId, parsed.id)
    }
  }

  async *rows(): AsyncGenerator<PartitionRow> {
    const {keys} = this.meta
    for await (const kv of this.meta.scan(keys.partitionPrefix)) {
      const parsed = keys.parse(kv.key)
      if (parsed.kind !== 'partition') continue
      const record = this.#read(parsed, kv)
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
    space.partitions.forEach(({id: partition, replicas = []}, index) => {
      this.#memberships.set(partition, {...shared, replicas, slots: slotsAt(space.partitions, index)})
    })
  }

  #read<Kind extends keyof Records>(
    parsed: Extract<ParsedKey, {kind: Kind}>,
    {key, value}: KeyValue,
  ): Records[Kind] | null {
    try {
      return decodedRecord(parsed, value) as Records[Kind]
    } catch (thrown) {
      this.warnings.push(`${key} cannot be read: ${(thrown as Error).message}`)
      return null
    }
  }
}

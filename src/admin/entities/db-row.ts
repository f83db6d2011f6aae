import type {Db} from '../../entity/db.js'
import type {DbId} from '../../entity/ids.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import type {Listing} from '../listing.js'
import {brokenWarnings, named, recordsUnder} from './records.js'

export interface DbRow {
  readonly id: DbId
  readonly name: string
  readonly spaces: readonly string[]
  readonly partitions: number
  /** Host IPs that alone may serve it; null: any server that is not private. */
  readonly servers: readonly string[] | null
  readonly modRevision: number
  readonly record: Db
}

export async function listDbs(meta: MetaReading): Promise<Listing<DbRow>> {
  const metadata = await recordsUnder(meta, [meta.keys.dbPrefix, meta.keys.spacePrefix])
  const spaces = [...metadata.spaces.values()].map(({value}) => value)
  const rows = [...metadata.dbs.values()].map(({value: record, modRevision}): DbRow => {
    const own = spaces.filter(({db_id}) => db_id === record.id)
    return {
      id: record.id,
      name: record.name,
      spaces: own.map(({name}) => name),
      partitions: own.reduce((sum, {partitions}) => sum + partitions.length, 0),
      servers: record.ps ?? null,
      modRevision,
      record,
    }
  })
  return {rows, source: sourceOf(meta), warnings: brokenWarnings(metadata)}
}

/** By its name or its id. Errors: NOT_FOUND. */
export async function showDb(meta: MetaReading, name: string): Promise<Listing<DbRow>> {
  const {rows, ...rest} = await listDbs(meta)
  const isIt = (row: DbRow) => row.name === name || String(row.id) === name
  return {...rest, rows: [named(rows, isIt, {what: `db ${name}`, meta})]}
}

import type {DbId, NodeId, SpaceId} from '../../entity/ids.js'
import {isObject} from '../../entity/json.js'
import type {Space} from '../../entity/space.js'
import {CodedError} from '../../errors/coded-error.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import type {Listing} from '../listing.js'
import {brokenWarnings, named, recordsUnder} from './records.js'

export interface SpaceRow {
  readonly id: SpaceId
  /** `#7` where the db has no readable record. */
  readonly db: string
  readonly dbId: DbId
  readonly name: string
  /** Null: it is being created. */
  readonly enabled: boolean | null
  readonly partitions: number
  readonly replicas: number
  readonly nodes: readonly NodeId[]
  readonly fields: number
  readonly version: number
  readonly key: string
  readonly modRevision: number
  readonly record: Space
}

/** Of one db, if it is named. */
export async function listSpaces(meta: MetaReading, db: string | null = null): Promise<Listing<SpaceRow>> {
  const metadata = await recordsUnder(meta, [meta.keys.dbPrefix, meta.keys.spacePrefix])
  const rows = [...metadata.spaces.values()].map(({value: record, key, modRevision}): SpaceRow => {
    const {id, db_id: dbId, name, enabled, partitions, replica_num: replicas, version} = record
    return {
      id,
      db: metadata.dbs.get(dbId)?.value.name ?? `#${dbId}`,
      dbId,
      name,
      enabled,
      partitions: partitions.length,
      replicas,
      nodes: [...new Set(partitions.flatMap(({replicas: nodes = []}) => nodes))].sort((a, b) => a - b),
      fields: Array.isArray(record.fields) ? record.fields.length : 0,
      version,
      key,
      modRevision,
      record,
    }
  })
  const chosen = db === null ? rows : rows.filter((row) => row.db === db)
  return {rows: chosen, source: sourceOf(meta), warnings: brokenWarnings(metadata)}
}

export interface SpaceName {
  readonly db: string
  readonly space: string
}

/** Errors: USAGE. */
export function spaceNamed(text: string): SpaceName {
  const [, db, space] = /^([^/]+)\/([^/]+)$/.exec(text) ?? []
  if (db !== undefined && space !== undefined) return {db, space}
  throw new CodedError('USAGE', `${text} does not name a space`, {hint: 'write DB/SPACE'})
}

/** Errors: NOT_FOUND, USAGE. */
export async function showSpace(meta: MetaReading, text: string): Promise<Listing<SpaceRow>> {
  const {db, space} = spaceNamed(text)
  const {rows, ...rest} = await listSpaces(meta, db)
  return {...rest, rows: [named(rows, ({name}) => name === space, {what: `space ${text}`, meta})]}
}

export interface FieldRow {
  readonly field: string
  readonly type: string
  readonly dimension: number | null
  readonly index: string | null
  readonly params: unknown
}

/** The fields of a space, with the index of each. Errors: NOT_FOUND, USAGE. */
export async function showSchema(meta: MetaReading, text: string): Promise<Listing<FieldRow>> {
  const {rows: spaces, ...rest} = await showSpace(meta, text)
  const rows = spaces.flatMap(({record: {fields, indexes = []}}) =>
    (fields as readonly unknown[]).filter(isObject).map((field): FieldRow => {
      const name = String(field.name)
      const apart = (indexes as readonly unknown[]).filter(isObject).find((index) => index.field_name === name)
      const index = isObject(field.index) ? field.index : (apart ?? null)
      return {
        field: name,
        type: String(field.type),
        dimension: typeof field.dimension === 'number' ? field.dimension : null,
        index: index === null ? null : String(index.type),
        params: index?.params ?? null,
      }
    }),
  )
  return {...rest, rows}
}

/** What the masters say of one space: they ask every partition of it. */
import {isObject} from '../../entity/json.js'
import {CodedError} from '../../errors/coded-error.js'
import type {Listing} from '../listing.js'
import type {Session} from '../session/session.js'
import {spaceNamed} from './space-row.js'

export interface SpaceHealthRow {
  readonly db: string
  readonly space: string
  readonly status: string
  readonly docs: number | null
  readonly partitions: number
  readonly errors: readonly string[]
}

const exits = {green: 'ok', yellow: 'degraded', red: 'critical'} as const

/** Errors: SPACE_NOT_EXIST, DB_NOT_EXIST, those of the masters. */
export async function spaceHealth(session: Session, text: string): Promise<Listing<SpaceHealthRow>> {
  const {db, space} = spaceNamed(text)
  const masters = await session.masters()
  const query = `db=${encodeURIComponent(db)}&space=${encodeURIComponent(space)}`
  const {data, master} = await masters.get(`/cluster/health?${query}`)
  const [answer] = Array.isArray(data) ? (data as readonly unknown[]) : []
  const ofDb = isObject(answer) ? answer : {}
  const told = (Array.isArray(ofDb.spaces) ? (ofDb.spaces as readonly unknown[]) : []).filter(isObject)
  const found = told.find(({name, space_name: longName}) => name === space || longName === space)
  if (found === undefined) {
    throw new CodedError(told.length === 0 && ofDb.space_num === undefined ? 'DB_NOT_EXIST' : 'SPACE_NOT_EXIST', text, {
      hint: 'vearchctl space list',
    })
  }
  const status = String(found.status ?? 'unknown')
  const row = {
    db,
    space,
    status,
    docs: typeof found.doc_num === 'number' ? found.doc_num : null,
    partitions: Array.isArray(found.partitions) ? found.partitions.length : Number(found.partition_num ?? 0),
    errors: Array.isArray(found.errors) ? found.errors.map(String) : [],
  }
  const exit = status in exits ? exits[status as keyof typeof exits] : 'critical'
  return {rows: [row], source: `master ${master}`, warnings: [], exit}
}

import type {Color, SpaceInfo} from '../entity/report.js'
import type {Call, Cluster} from './cluster.js'
import {describeSpaces, type ReportedSpace} from './space-report.js'

export interface DbHealth {
  readonly db_name: string
  readonly space_num?: number
  readonly doc_num?: number
  readonly size?: number
  readonly spaces?: readonly SpaceInfo[]
  readonly status?: Color
  readonly errors: readonly string[] | null
}

export interface HealthFilter {
  /** All if empty. */
  readonly dbs: readonly string[]
  /** All if empty. */
  readonly spaces: readonly string[]
  readonly detail: boolean
}

/** The health of every db asked for, its spaces included; what does not exist is named in `errors`. */
export async function clusterHealth(cluster: Cluster, filter: HealthFilter, call: Call): Promise<DbHealth[]> {
  const {repository} = cluster
  const [dbs, spaces] = await Promise.all([repository.dbs(call), repository.spaces(call)])
  const names = filter.dbs.length > 0 ? filter.dbs : dbs.items.map(({value}) => value.name)
  const wanted = names.map((dbName) => {
    const db = dbs.items.find(({value}) => value.name === dbName)?.value
    const inDb = spaces.items.map(({value: space}) => space).filter(({db_id}) => db_id === db?.id)
    const chosen = inDb.filter(({name}) => filter.spaces.length === 0 || filter.spaces.includes(name))
    const unknown = filter.spaces.filter((name) => !inDb.some((space) => space.name === name))
    return {dbName, db, spaces: chosen.map((space): ReportedSpace => ({dbName, space})), unknown}
  })
  const atLeast = Math.max(0, ...[...dbs.items, ...spaces.items].map(({modRevision}) => modRevision))
  const reported = wanted.flatMap(({spaces: chosen}) => chosen)
  const infos = await describeSpaces(cluster, reported, {detail: filter.detail, atLeast}, call)
  let next = 0
  return wanted.map(({dbName, db, spaces: chosen, unknown}): DbHealth => {
    const own = infos.slice(next, next + chosen.length)
    next += chosen.length
    if (db === undefined) return {db_name: dbName, errors: [`db_not_exist:db:[${dbName}]`]}
    const errors = [
      ...own.flatMap((info) => info.errors ?? []),
      ...unknown.map((name) => `space_not_exist:space:[${name}]`),
    ]
    return {
      db_name: dbName,
      space_num: own.length,
      doc_num: own.reduce((sum, {doc_num}) => sum + doc_num, 0),
      size: 0,
      spaces: own.map(({space_name: name = '', ...info}) => ({name, ...info, schema: null})),
      status: worst([...own.map(({status}) => status), ...unknown.map((): Color => 'red')]),
      errors: errors.length === 0 ? null : errors,
    }
  })
}

function worst(colors: readonly Color[]): Color {
  if (colors.includes('red')) return 'red'
  return colors.includes('yellow') ? 'yellow' : 'green'
}

/**
 * Names and ids of the cluster as candidates, from the view that a watch keeps: no call is made, whatever is typed.
 */
import {counted} from '../../admin/messages/counted.js'
import {type NodeId, partitionId} from '../../entity/ids.js'
import type {LiveView} from '../../meta/live-view.js'
import {type Candidate, holdsLetters, type ValuesOf} from './completer.js'
import type {ValueKind} from './value-kinds.js'

/** More are of no use on a screen, and to describe them all would take longer than a keypress may. */
const candidatesMax = 500

/** Of a view, what has names. */
export type KnownCluster = Pick<
  LiveView,
  'keys' | 'dbs' | 'spaces' | 'partitions' | 'servers' | 'failServers' | 'users' | 'roles' | 'aliases' | 'records'
>

type Entry = readonly [value: string | number, describe: () => string]

export function liveValues(view: KnownCluster, isStale: boolean): ValuesOf {
  const mark = isStale ? '~ ' : ''
  const collect = (kind: ValueKind, among: readonly string[], isWanted: (value: string) => boolean) => {
    const found: Candidate[] = []
    for (const [value, describe] of entries(view, kind, among)) {
      const text = String(value)
      if (isWanted(text)) found.push({value: text, description: mark + describe()})
      if (found.length === candidatesMax) break
    }
    return found
  }
  return (kind, typed, among) => {
    const beginning = collect(kind, among, (value) => value.startsWith(typed))
    if (beginning.length > 0 || typed.length < 2) return beginning
    const letters = typed.toLowerCase()
    return collect(kind, among, (value) => holdsLetters(value.toLowerCase(), letters))
  }
}

function* entries(view: KnownCluster, kind: ValueKind, [first]: readonly string[]): Generator<Entry> {
  const {partitions, dbs, spaces, aliases, users} = view
  switch (kind) {
    case 'node':
      yield* nodes(view, () => true)
      return
    case 'replica': {
      const replicas = partitions.get(partitionId(Number(first)))?.replicas ?? null
      yield* nodes(view, (id) => replicas === null || replicas.includes(id))
      return
    }
    case 'partition':
      for (const [id, {replicas}] of partitions) yield [id, () => `on ${(replicas ?? []).join(', ')}`]
      return
    case 'db':
      for (const {name, id} of dbs.values()) yield [name, () => `id ${id}`]
      return
    case 'space':
      for (const {name, db_id, partitions} of spaces.values()) {
        yield [`${dbs.get(db_id)?.name ?? db_id}/${name}`, () => counted(partitions.length, 'partition')]
      }
      return
    case 'alias':
      for (const [name, {db_name, space_name}] of aliases) yield [name, () => `${db_name}/${space_name}`]
      return
    case 'user':
      for (const name of users.keys()) yield [name, () => '']
      return
    case 'key':
      for (const key of ownKeys(view)) yield [key, () => '']
  }
}

function* nodes(view: KnownCluster, isWanted: (id: NodeId) => boolean): Generator<Entry> {
  const {servers, failServers} = view
  const counts = replicasByNode(view)
  for (const id of [...new Set([...servers.keys(), ...failServers.keys(), ...counts.keys()])].sort((a, b) => a - b)) {
    const server = servers.get(id)
    const state = server !== undefined ? `${server.ip} up` : failServers.has(id) ? 'failed' : 'ghost'
    if (isWanted(id)) yield [id, () => `${state}, ${counted(counts.get(id) ?? 0, 'partition')}`]
  }
}

function replicasByNode({partitions}: KnownCluster): Map<NodeId, number> {
  const counts = new Map<NodeId, number>()
  for (const {replicas} of partitions.values()) {
    for (const node of replicas ?? []) counts.set(node, (counts.get(node) ?? 0) + 1)
  }
  return counts
}

/** Within the cluster, as `meta get` takes them. */
function* ownKeys({
  keys,
  servers,
  partitions,
  dbs,
  spaces,
  users,
  roles,
  aliases,
  records,
}: KnownCluster): Generator<string> {
  const own = (key: string) => key.slice(keys.all.length)
  for (const id of servers.keys()) yield own(keys.server(id))
  for (const id of dbs.keys()) yield own(keys.db(id))
  for (const [id, {db_id}] of spaces) yield own(keys.space(db_id, id))
  for (const name of users.keys()) yield own(keys.user(name))
  for (const name of roles.keys()) yield own(keys.role(name))
  for (const name of aliases.keys()) yield own(keys.alias(name))
  for (const key of records.keys()) yield own(key)
  for (const id of partitions.keys()) yield own(keys.partition(id))
}

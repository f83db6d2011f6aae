/**
 * Every process that the metadata knows: masters, routers, partition servers, those that failed, and those that partitions
 * name but nobody has registered. Nothing is asked of the processes themselves: `up` means that a lease is alive.
 */

import type {NodeId} from '../../entity/ids.js'
import type {Server} from '../../entity/server.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import {brokenWarnings, recordsUnder} from '../entities/records.js'
import type {Listing} from '../listing.js'
import {noMetadata} from '../meta/show-meta.js'
import type {Metadata} from '../picture/metadata.js'
import type {BrokenRecord, Known} from '../picture/record.js'

export const nodeRoles = ['master', 'router', 'ps'] as const
export type NodeRole = (typeof nodeRoles)[number]

/** `failed`: its lease ended while it held partitions. `ghost`: partitions name it, and it is not registered. */
export const nodeStates = ['up', 'failed', 'ghost', 'known'] as const
export type NodeState = (typeof nodeStates)[number]

export interface NodeRow {
  /** A partition server's node id; a master's name; a router's address. */
  readonly id: string
  readonly role: NodeRole
  readonly address: string | null
  /** `known` of what has no lease: a master's record stays when the master goes. */
  readonly state: NodeState
  readonly zone: string | null
  readonly version: string | null
  /** Partitions with a replica on it, and those that it leads; null of what holds none. */
  readonly partitions: number | null
  readonly leaders: number | null
  readonly private: boolean
  /** It gets no new replicas. */
  readonly cordoned: boolean
  readonly lease: string | null
  /** When it failed, ISO 8601. */
  readonly failedAt: string | null
  readonly modRevision: number | null
}

export interface NodeFilter {
  readonly role?: NodeRole | undefined
  readonly state?: NodeState | undefined
  readonly zone?: string | undefined
}

export async function listNodes(meta: MetaReading, filter: NodeFilter = {}): Promise<Listing<NodeRow>> {
  const {partitionPrefix, serverPrefix, failServerPrefix, cordonPrefix, memberPrefix, routerPrefix} = meta.keys
  const prefixes = [partitionPrefix, serverPrefix, failServerPrefix, cordonPrefix, memberPrefix, routerPrefix]
  const metadata = await recordsUnder(meta, prefixes)
  const rows = [...masterRows(metadata), ...routerRows(metadata), ...serverRows(metadata)]
  if (rows.length === 0) throw noMetadata(meta)
  return {rows: rows.filter((row) => matches(row, filter)), source: sourceOf(meta), warnings: brokenWarnings(metadata)}
}

function matches({role, state, zone}: NodeRow, filter: NodeFilter): boolean {
  return (
    (filter.role === undefined || role === filter.role) &&
    (filter.state === undefined || state === filter.state) &&
    (filter.zone === undefined || zone === filter.zone)
  )
}

function masterRows({members}: Metadata): NodeRow[] {
  return [...members.values()].map((record) => {
    const {name, address = '', api_port: port = 0} = record.value
    return {...plainRow(name, 'master', record), address: hostPort(address, port), state: 'known'}
  })
}

function routerRows({routers}: Metadata): NodeRow[] {
  return [...routers].map(([ip, record]) => ({...plainRow(ip, 'router', record), address: ip}))
}

function serverRows(metadata: Metadata): NodeRow[] {
  const {servers, failServers, cordons} = metadata
  const holdings = holdingsIn(metadata)
  const [broken, brokenFails] = [brokenOf('server', metadata), brokenOf('failServer', metadata)]
  const recorded = new Set([...servers.keys(), ...broken.keys(), ...failServers.keys(), ...brokenFails.keys()])
  const byId = (a: NodeId, b: NodeId) => a - b
  const ghosts = [...holdings.keys()].filter((id) => !recorded.has(id))
  return [...[...recorded].sort(byId), ...ghosts.sort(byId)].map((id) => {
    const alive = servers.get(id) ?? broken.get(id)
    const failed = alive === undefined ? failServers.get(id) : undefined
    return {
      ...plainRow(String(id), 'ps', alive ?? failed ?? brokenFails.get(id)),
      ...serverFields(servers.get(id)?.value ?? failed?.value.server),
      ...(holdings.get(id) ?? holdsNothing),
      state: alive !== undefined ? 'up' : recorded.has(id) ? 'failed' : 'ghost',
      failedAt: failed === undefined ? null : isoTime(failed.value.time_stamp),
      cordoned: cordons.has(id) && recorded.has(id),
    }
  })
}

type Holding = Readonly<Record<'partitions' | 'leaders', number>>
const holdsNothing: Holding = {partitions: 0, leaders: 0}

/** What the partitions' own records say of the nodes. */
function holdingsIn(metadata: Metadata): ReadonlyMap<NodeId, Holding> {
  const holdings = new Map<NodeId, Holding>()
  const count = (node: NodeId, what: keyof Holding) => {
    const holding = holdings.get(node) ?? holdsNothing
    holdings.set(node, {...holding, [what]: holding[what] + 1})
  }
  for (const {value} of metadata.partitions.values()) {
    for (const node of value.replicas ?? []) count(node, 'partitions')
    if (value.leader_name) count(value.leader_name, 'leaders')
  }
  return holdings
}

/** That a server lives or failed is said by its key alone. */
function brokenOf(kind: 'server' | 'failServer', {broken, keys}: Metadata): ReadonlyMap<NodeId, BrokenRecord> {
  const found = new Map<NodeId, BrokenRecord>()
  for (const record of broken.values()) {
    const parsed = keys.parse(record.key)
    if (parsed.kind === kind) found.set(parsed.id, record)
  }
  return found
}

function serverFields(server: Server | undefined): Pick<NodeRow, 'address' | 'zone' | 'version' | 'private'> {
  return {
    address: server === undefined ? null : hostPort(server.ip, server.rpc_port),
    zone: server?.host_zone || null,
    version: server?.version?.build_version || null,
    private: server?.private === true,
  }
}

function plainRow(id: string, role: NodeRole, record: Known<unknown> | BrokenRecord | undefined): NodeRow {
  return {
    id,
    role,
    address: null,
    state: 'up',
    zone: null,
    version: null,
    partitions: null,
    leaders: null,
    private: false,
    cordoned: false,
    lease: record !== undefined && 'lease' in record ? record.lease : null,
    failedAt: null,
    modRevision: record?.modRevision ?? null,
  }
}

function hostPort(host: string, port: number): string | null {
  if (host === '') return null
  return port === 0 ? host : `${host}:${port}`
}

function isoTime(seconds: number): string | null {
  return seconds > 0 && seconds < 1e11 ? new Date(seconds * 1_000).toISOString() : null
}

/**
 * Every process that the metadata knows: masters, routers, partition servers, those that failed, and those that partitions
 * name but nobody has registered. Nothing is asked of the processes themselves: `up` means that a lease is alive.
 */

import type {NodeId} from '../../entity/ids.js'
import {isObject} from '../../entity/json.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import {decodeRecord} from '../../meta/repository.js'
import type {KeyValue} from '../../meta/store.js'
import type {Listing} from '../listing.js'
import {noMetadata} from '../meta/show-meta.js'

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
  const scan = new NodeScan(meta)
  const rows = await scan.rows()
  if (rows.length === 0) throw noMetadata(meta)
  return {rows: rows.filter((row) => matches(row, filter)), source: sourceOf(meta), warnings: scan.warnings}
}

function matches({role, state, zone}: NodeRow, filter: NodeFilter): boolean {
  return (
    (filter.role === undefined || role === filter.role) &&
    (filter.state === undefined || state === filter.state) &&
    (filter.zone === undefined || zone === filter.zone)
  )
}

interface Holding {
  partitions: number
  leaders: number
}

class NodeScan {
  readonly warnings: string[] = []

  constructor(private readonly meta: MetaReading) {}

  async rows(): Promise<NodeRow[]> {
    const holdings = await this.#holdings()
    const servers = await this.#servers(holdings)
    const known = new Set(servers.map(({id}) => id))
    const ghosts = [...holdings.keys()].filter((id) => !known.has(String(id)))
    return [
      ...(await this.#masters()),
      ...(await this.#routers()),
      ...servers,
      ...ghosts.map((id) => serverRow(String(id), {}, 'ghost', null, holdings.get(id))),
    ]
  }

  /** What the partitions' own records say of the nodes. */
  async #holdings(): Promise<Map<NodeId, Holding>> {
    const {keys} = this.meta
    const holdings = new Map<NodeId, Holding>()
    for await (const kv of this.meta.scan(keys.partitionPrefix)) {
      const record = this.#decode(kv)
      if (record === null) continue
      for (const id of nodeIds(record.replicas)) holdingOf(holdings, id).partitions += 1
      for (const id of nodeIds([record.leader_name]).filter((leader) => leader > 0))
        holdingOf(holdings, id).leaders += 1
    }
    return holdings
  }

  async #servers(holdings: ReadonlyMap<NodeId, Holding>): Promise<NodeRow[]> {
    const {keys} = this.meta
    const rows = new Map<NodeId, NodeRow>()
    for await (const kv of this.meta.scan(keys.serverPrefix)) {
      const parsed = keys.parse(kv.key)
      const record = parsed.kind === 'server' ? this.#decode(kv) : null
      if (parsed.kind !== 'server') continue
      rows.set(parsed.id, serverRow(String(parsed.id), record ?? {}, 'up', kv, holdings.get(parsed.id)))
    }
    for await (const kv of this.meta.scan(keys.failServerPrefix)) {
      const parsed = keys.parse(kv.key)
      if (parsed.kind !== 'failServer' || rows.has(parsed.id)) continue
      const {server, time_stamp: seconds} = this.#decode(kv) ?? {}
      const row = serverRow(String(parsed.id), isObject(server) ? server : {}, 'failed', kv, holdings.get(parsed.id))
      rows.set(parsed.id, {...row, failedAt: isoTime(seconds)})
    }
    for await (const {key} of this.meta.scan(keys.cordonPrefix, {keysOnly: true})) {
      const parsed = keys.parse(key)
      const row = parsed.kind === 'cordon' ? rows.get(parsed.id) : undefined
      if (parsed.kind === 'cordon' && row !== undefined) rows.set(parsed.id, {...row, cordoned: true})
    }
    return [...rows].sort(([a], [b]) => a - b).map(([, row]) => row)
  }

  async #masters(): Promise<NodeRow[]> {
    const rows: NodeRow[] = []
    for await (const kv of this.meta.scan(this.meta.keys.memberPrefix)) {
      const record = this.#decode(kv)
      if (record === null) continue
      const {name, address, api_port: port} = record
      const id = text(name) ?? kv.key.slice(this.meta.keys.memberPrefix.length)
      rows.push({...plainRow(id, 'master', kv), address: hostPort(address, port), state: 'known'})
    }
    return rows
  }

  async #routers(): Promise<NodeRow[]> {
    const rows: NodeRow[] = []
    for await (const kv of this.meta.scan(this.meta.keys.routerPrefix)) {
      const parsed = this.meta.keys.parse(kv.key)
      if (parsed.kind === 'router') rows.push({...plainRow(parsed.ip, 'router', kv), address: parsed.ip, state: 'up'})
    }
    return rows
  }

  #decode({key, value}: KeyValue): Readonly<Record<string, unknown>> | null {
    try {
      const record = decodeRecord<unknown>(value)
      if (isObject(record)) return record
      this.warnings.push(`${key} cannot be read: not a JSON object`)
    } catch (thrown) {
      this.warnings.push(`${key} cannot be read: ${(thrown as Error).message}`)
    }
    return null
  }
}

function holdingOf(holdings: Map<NodeId, Holding>, id: NodeId): Holding {
  const known = holdings.get(id)
  if (known !== undefined) return known
  const made = {partitions: 0, leaders: 0}
  holdings.set(id, made)
  return made
}

function serverRow(
  id: string,
  record: Readonly<Record<string, unknown>>,
  state: NodeState,
  kv: KeyValue | null,
  {partitions, leaders}: Holding = {partitions: 0, leaders: 0},
): NodeRow {
  const {ip, rpc_port: port, host_zone: zone, version, private: isPrivate} = record
  return {
    ...plainRow(id, 'ps', kv),
    address: hostPort(ip, port),
    state,
    zone: text(zone),
    version: isObject(version) ? text(version.build_version) : null,
    partitions,
    leaders,
    private: isPrivate === true,
  }
}

function plainRow(id: string, role: NodeRole, kv: KeyValue | null): NodeRow {
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
    lease: kv?.lease ?? null,
    failedAt: null,
    modRevision: kv?.modRevision ?? null,
  }
}

function hostPort(host: unknown, port: unknown): string | null {
  const name = text(host)
  if (name === null) return null
  return typeof port === 'number' ? `${name}:${port}` : name
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function nodeIds(value: unknown): NodeId[] {
  return Array.isArray(value) ? value.filter((id): id is NodeId => typeof id === 'number') : []
}

function isoTime(seconds: unknown): string | null {
  return typeof seconds === 'number' && seconds > 0 && seconds < 1e11 ? new Date(seconds * 1_000).toISOString() : null
}

/** What a master's API says (control-plane spec §4.6, §4.8), ours or a real Vearch's, read with care for what is missing. */
import type {NodeId} from '../../entity/ids.js'
import {isObject} from '../../entity/json.js'
import type {PartitionInfo, ServerStats} from '../../entity/report.js'
import type {Clock} from '../../env/clock.js'
import {type Answer, failed, silent, told} from './answer.js'
import type {EtcdMember, EtcdMemberErrors, MasterSays, NodeSays} from './node-says.js'
import type {Source} from './source.js'

/** One master: `data` of its envelope, 64-bit integers kept. Errors are its own refusal, or that it could not be reached. */
export interface MasterSource {
  readonly url: string
  get(path: string, signal: AbortSignal): Promise<MasterReply>
}

export interface MasterReply {
  readonly data: unknown
  /** The `Date` of the response, milliseconds, where it is known. */
  readonly clockMs?: number | null
}

/** Asks within the time that a question may take. */
export type Ask = <T>(ask: (signal: AbortSignal) => Promise<T>) => Promise<T>

export async function masterSays(
  master: MasterSource,
  clock: Pick<Clock, 'wallMs'>,
  ask: Ask,
): Promise<Answer<MasterSays>> {
  const source: Source = {from: 'master', master: master.url, question: 'GET /'}
  try {
    const [{data, clockMs = null}, members, stats] = await ask((signal) =>
      Promise.all([
        master.get('/', signal),
        master.get('/members', signal),
        // it asks every member in its turn, one that is down may hold it up
        master.get('/members/stats', signal).catch(() => ({data: []})),
      ]),
    )
    if (!isObject(data) || typeof data.name !== 'string')
      return silent('impostor', 'it does not answer as a master does', source)
    const version = isObject(data.version) ? String(data.version.build_version ?? '') : ''
    return told(
      {
        cluster: data.name,
        version,
        members: membersIn(members.data),
        memberErrors: memberErrorsIn(stats.data),
        aheadMs: clockMs === null ? null : clockMs - clock.wallMs(),
      },
      source,
    )
  } catch (thrown) {
    return failed(thrown, source)
  }
}

function membersIn(data: unknown): EtcdMember[] {
  return listIn(data, 'members').flatMap((member) => {
    if (!isObject(member)) return []
    const {ID: id, name = '', clientURLs = []} = member
    const urls = Array.isArray(clientURLs) ? clientURLs.map(String) : []
    return [{id: String(id), name: String(name), clientUrls: urls}]
  })
}

function memberErrorsIn(data: unknown): EtcdMemberErrors[] {
  return (Array.isArray(data) ? data : []).flatMap((stats) => {
    if (!isObject(stats) || !Array.isArray(stats.errors) || stats.errors.length === 0) return []
    const id = isObject(stats.header) ? String(stats.header.member_id) : ''
    return [{id, errors: stats.errors.map(String)}]
  })
}

/** Every server that the master lists; null if it does not answer, or serves another cluster. */
export async function serversOfMaster(
  master: MasterSource,
  cluster: string,
  ask: Ask,
): Promise<ReadonlyMap<NodeId, Answer<NodeSays>> | null> {
  const source: Source = {from: 'master', master: master.url, question: 'GET /servers'}
  const quiet = (path: string) =>
    ask((signal) => master.get(path, signal)).then(
      ({data}) => data,
      () => null,
    )
  const [self, servers, stats, health] = await Promise.all([
    quiet('/'),
    quiet('/servers'),
    quiet('/cluster/stats'),
    quiet('/cluster/health?detail=true'),
  ])
  if (servers === null || !isObject(self) || self.name !== cluster) return null
  const [statsByIp, detailed] = [onlyByIp(stats), detailsIn(health)]
  const says = new Map<NodeId, Answer<NodeSays>>()
  for (const entry of listIn(servers, 'servers')) {
    if (!isObject(entry) || !isObject(entry.server) || typeof entry.server.name !== 'number') continue
    const {server, error} = entry
    const node = server.name as NodeId
    if (typeof error === 'string' && error !== '') says.set(node, silent('unreachable', error, source))
    else {
      const partitions = listIn(entry, 'partitions').filter(isInfo)
      const detail = partitions.map((info) => ({...info, ...detailed.get(`${node} ${info.pid}`)}))
      says.set(
        node,
        told({identity: null, partitions: detail, stats: statsByIp.get(String(server.ip)) ?? null}, source),
      )
    }
  }
  return says
}

function listIn(data: unknown, name: string): readonly unknown[] {
  const value = isObject(data) ? data[name] : null
  return Array.isArray(value) ? value : []
}

function isInfo(value: unknown): value is PartitionInfo {
  return isObject(value) && typeof value.pid === 'number'
}

/** Statistics name a server by its IP only: where two servers share one, whose they are is not known. */
function onlyByIp(data: unknown): ReadonlyMap<string, ServerStats> {
  const found = new Map<string, ServerStats>()
  const shared = new Set<string>()
  for (const stats of Array.isArray(data) ? data : []) {
    if (!isObject(stats) || typeof stats.ip !== 'string' || stats.status !== 200) continue
    if (found.has(stats.ip)) shared.add(stats.ip)
    found.set(stats.ip, stats as unknown as ServerStats)
  }
  for (const ip of shared) found.delete(ip)
  return found
}

/** Raft's word on a partition, which only the detailed health report carries, by node and partition. */
function detailsIn(health: unknown): ReadonlyMap<string, Partial<PartitionInfo>> {
  const found = new Map<string, Partial<PartitionInfo>>()
  for (const db of Array.isArray(health) ? health : []) {
    for (const space of listIn(db, 'spaces')) {
      for (const info of listIn(space, 'partitions')) {
        if (!isInfo(info) || info.raft_status === undefined) continue
        const {raft_status, path, unreachable} = info
        const more = {...(path === undefined ? {} : {path}), ...(unreachable === undefined ? {} : {unreachable})}
        found.set(`${info.node_id ?? raft_status.NodeID} ${info.pid}`, {raft_status, ...more})
      }
    }
  }
  return found
}

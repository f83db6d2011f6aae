/**
 * What a master ought to do, given what it sees. Pure; `reconciler.ts` does it.
 *
 * Every action is conditional on the record that it is about, so that several masters may decide the same at the same time.
 */
import type {NodeId, PartitionId, SpaceId} from '../entity/ids.js'
import type {FailServer, Server} from '../entity/server.js'
import type {Space} from '../entity/space.js'
import type {Removal} from './space-removal.js'

export interface Sight {
  readonly spaces: readonly Space[]
  readonly servers: ReadonlyMap<NodeId, Server>
  readonly failServers: ReadonlyMap<NodeId, FailServer>
  /** What servers said of themselves when they were last alive. */
  readonly lastSeen: ReadonlyMap<NodeId, Server>
  /** Whether a server that was not seen yet has had the time to come: after a start of everything none has. */
  readonly isSettled: boolean
  readonly removals: readonly Removal[]
  /** Claims of creations: the space, and whether anybody works on it. */
  readonly claims: readonly {readonly key: string; readonly space: SpaceId; readonly alive: boolean}[]
}

export type Action =
  | {readonly type: 'markFailed'; readonly node: NodeId; readonly server: Server}
  | {readonly type: 'clearFailed'; readonly node: NodeId}
  | {readonly type: 'removeUnfinished'; readonly space: Space}
  | {readonly type: 'removeClaimed'; readonly claimKey: string}
  | {readonly type: 'workOff'; readonly space: SpaceId}

export function decide(sight: Sight): Action[] {
  return [...failures(sight), ...unfinished(sight), ...leftovers(sight)]
}

/**
 * A server that holds replicas and is not alive has a fail record; one that is alive has none. Replicas of a removed space count:
 * without a record nobody could say that the server will not come back for them.
 */
function failures({spaces, servers, failServers, lastSeen, isSettled, removals}: Sight): Action[] {
  const held = new Map<NodeId, PartitionId[]>()
  const hold = (id: PartitionId, nodes: readonly NodeId[]) => {
    for (const node of nodes) held.set(node, [...(held.get(node) ?? []), id])
  }
  for (const {partitions} of spaces) for (const {id, replicas = []} of partitions) hold(id, replicas)
  for (const {pending} of removals) for (const {partition, nodes} of pending) hold(partition, nodes)
  const isExpected = (node: NodeId) => !isSettled && !lastSeen.has(node)
  const failed = [...held].filter(([node]) => !servers.has(node) && !failServers.has(node) && !isExpected(node))
  const back = [...failServers.keys()].filter((node) => servers.has(node))
  return [
    ...failed.map(([node, ids]): Action => {
      const server = {...(lastSeen.get(node) ?? unseen(node)), p_ids: ids}
      return {type: 'markFailed', node, server}
    }),
    ...back.map((node): Action => ({type: 'clearFailed', node})),
  ]
}

/** A space that never served and that nobody works on was left by a master that died. */
function unfinished({spaces, claims}: Sight): Action[] {
  const claimed = new Set(claims.map(({space}) => space))
  const orphans = spaces.filter(({id, version}) => version <= 1 && !claimed.has(id))
  const abandoned = claims.filter(({alive}) => !alive)
  return [
    ...orphans.map((space): Action => ({type: 'removeUnfinished', space})),
    ...abandoned.map(({key}): Action => ({type: 'removeClaimed', claimKey: key})),
  ]
}

/** A removal goes on when a node that it waits for is alive, or when only keys are left. */
function leftovers({removals, servers}: Sight): Action[] {
  return removals
    .filter(
      ({pending}) =>
        pending.length === 0 ||
        pending.some(({nodes}) => nodes.some((node) => servers.has(node)) || nodes.length === 0),
    )
    .map(({space_id: space}): Action => ({type: 'workOff', space}))
}

/** A server that died before any master of today saw it alive. */
function unseen(node: NodeId): Server {
  return {
    name: node,
    resource_name: '',
    rpc_port: 0,
    raft_heartbeat_port: 0,
    raft_replicate_port: 0,
    ip: '',
    private: false,
    version: null,
  }
}

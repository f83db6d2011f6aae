/** A leader that is about to go leaves its place to the voter that has most of the log (thesis §3.10). */
import type {NodeId} from '../../entity/ids.js'
import type {RaftReport} from '../../raft/status.js'

/** Null where there is no other voter that answers. */
export function heirOf({members, membership}: RaftReport): NodeId | null {
  const voters = members.filter(({node, isActive}) => isActive && membership.voters.includes(node))
  return voters.sort((a, b) => b.match - a.match)[0]?.node ?? null
}

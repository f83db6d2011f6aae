/** What a member of a raft group says to those who are no members: where it stands, and how far the others are. */
import {type Partition, ReplicaState} from '../entity/partition.js'
import type {RaftReport} from '../raft/status.js'
import type {ReplicaReport} from '../rpc/ps-api.js'

/** `diffMax`: `ps.raft_diff_count`, from which on a member is behind. */
export function replicaReport(
  {id, term, leader, commit, membership, members}: RaftReport,
  diffMax: number,
): ReplicaReport {
  return {
    node: id,
    term,
    leader,
    commit,
    membership,
    members: members.map(({node, match, mode}) => ({
      node,
      match,
      isCaughtUp: mode === 'replicate' && commit - match < diffMax,
    })),
  }
}

/** The voters of a leader's group, and which of them keep up (control-plane spec §3.4). Learners hold no replica yet. */
export function replicaStates(
  {id, commit, membership, members}: RaftReport,
  diffMax: number,
): Required<Pick<Partition, 'replicas' | 'status'>> {
  const match = new Map(members.map((member) => [member.node, member.match]))
  const stateOf = (node: number) => {
    const lag = node === id ? 0 : commit - (match.get(node as typeof id) ?? 0)
    return lag < diffMax ? ReplicaState.ok : ReplicaState.notReady
  }
  return {
    replicas: membership.voters,
    status: Object.fromEntries(membership.voters.map((node) => [String(node), stateOf(node)])),
  }
}

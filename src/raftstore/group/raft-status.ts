/** A core's report in the words of Vearch's `raft_status` (control-plane spec §4.6). */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import type {RaftReplicaStatus, RaftStatus} from '../../entity/report.js'
import type {MemberReport, RaftReport} from '../../raft/status.js'

const states = {
  follower: 'StateFollower',
  'pre-candidate': 'StatePreCandidate',
  candidate: 'StateCandidate',
  leader: 'StateLeader',
} as const satisfies Record<RaftReport['role'], string>

const modes = {
  probe: 'ReplicaStateProbe',
  replicate: 'ReplicaStateReplicate',
  snapshot: 'ReplicaStateSnapshot',
} as const satisfies Record<MemberReport['mode'], string>

const nanosecondsPerMs = 1_000_000

export interface Queues {
  readonly pending: number
  readonly applying: number
  readonly stopped: boolean
}

/** When a member was last heard, in milliseconds since the epoch; null if it never was. */
export type Heard = (node: NodeId) => number | null

export function raftStatus(
  group: PartitionId,
  report: RaftReport,
  {pending, applying, stopped}: Queues,
  heard: Heard,
): RaftStatus {
  const {id, leader, term, lastIndex, commit, applied, vote, isRestoring, role} = report
  return {
    ID: group,
    NodeID: id,
    Leader: leader ?? 0,
    Term: term,
    Index: lastIndex,
    Commit: commit,
    Applied: applied,
    Vote: vote ?? 0,
    PendQueue: pending,
    RecvQueue: 0,
    AppQueue: applying,
    Stopped: stopped,
    RestoringSnapshot: isRestoring,
    State: states[role],
    Replicas: role === 'leader' ? replicas(report, heard) : {},
  }
}

function replicas(
  {id, durable, commit, lastIndex, members, membership}: RaftReport,
  heard: Heard,
): Record<string, RaftReplicaStatus> {
  const lastActive = (node: NodeId) => (heard(node) ?? 0) * nanosecondsPerMs
  const common = {Commit: commit, Paused: false, Snapshoting: false, Inflight: 0, IsLearner: false}
  const own = {
    ...common,
    Match: durable,
    Next: lastIndex + 1,
    State: modes.replicate,
    Active: true,
    LastActive: lastActive(id),
  }
  const others = members.map(({node, mode, match, next, isPaused, isActive, inflightMessages}) => [
    node,
    {
      ...common,
      Match: match,
      Next: next,
      State: modes[mode],
      Paused: isPaused,
      Snapshoting: mode === 'snapshot',
      Active: isActive,
      LastActive: lastActive(node),
      Inflight: inflightMessages,
      IsLearner: membership.learners.includes(node),
    },
  ])
  return {[id]: own, ...Object.fromEntries(others)}
}

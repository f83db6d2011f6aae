/** Which replicas keep up with their leader, for readers that must not ask the others (data-plane spec §5.4). */
import {ReplicaState} from '../entity/partition.js'
import type {RaftStatus} from '../entity/report.js'

type Known = Pick<RaftStatus, 'NodeID' | 'Commit' | 'Replicas'>

/** As the leader knows; empty for anybody else. */
export function replicaStates({NodeID, Commit, Replicas}: Known, diffCount: number): Record<string, ReplicaState> {
  const stateOf = (node: string, match: number) =>
    Number(node) === NodeID || Commit - match < diffCount ? ReplicaState.ok : ReplicaState.notReady
  return Object.fromEntries(Object.entries(Replicas).map(([node, {Match}]) => [node, stateOf(node, Match)]))
}

/** `node show`: one server, its partitions, and what the sources say of it that does not fit. */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import {CodedError} from '../../errors/coded-error.js'
import {examine} from '../doctor/doctor.js'
import {type Finding, ofNode, subjectText} from '../doctor/finding.js'
import {type ReplicaLine, replicaLines} from '../partitions/replica-line.js'
import type {ClusterPicture} from '../picture/picture.js'
import {type NodeLine, nodeLines} from './node-line.js'

export interface NodeCard {
  readonly node: NodeLine
  /** Why nobody was heard at its address; null if it was. */
  readonly silence: string | null
  /** Why it gets no new replicas; null if it does. */
  readonly cordon: {readonly reason: string; readonly since: string} | null
  readonly replicas: readonly ReplicaLine[]
  readonly findings: readonly Finding[]
}

/** Errors: PARTITION_SERVER_NOT_EXIST. */
export function nodeCard(picture: ClusterPicture, id: NodeId): NodeCard {
  const node = nodeLines(picture).find((line) => line.id === id)
  if (node === undefined) {
    throw new CodedError('PARTITION_SERVER_NOT_EXIST', `no source names node ${id}`, {hint: 'vearchctl node list'})
  }
  const answer = picture.nodes.get(id)
  const cordon = picture.metadata.cordons.get(id)?.value
  const replicas = [...picture.partitions.values()].flatMap((sight) =>
    sight.replicas.has(id) ? replicaLines(sight, picture).filter((line) => line.node === id) : [],
  )
  const about = subjects(
    id,
    replicas.map(({partition}) => partition),
  )
  return {
    node,
    silence: answer?.told === false ? answer.silence.detail : null,
    cordon: cordon === undefined ? null : {reason: cordon.reason, since: new Date(cordon.sinceMs).toISOString()},
    replicas,
    findings: examine(picture).findings.filter(({subject}) => about.has(subjectText(subject))),
  }
}

function subjects(node: NodeId, partitions: readonly PartitionId[]): ReadonlySet<string> {
  return new Set([subjectText(ofNode(node)), ...partitions.map((id) => `partition ${id}`)])
}

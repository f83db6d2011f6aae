/**
 * Replicas that have applied the same entries and do not hold the same. At different applied indexes they may differ, and
 * rightly; those are never compared.
 */
import type {NodeId} from '../../entity/ids.js'
import type {PartitionSight} from './partition-sight.js'
import type {Source} from './source.js'

export interface Divergence {
  readonly applied: number
  readonly replicas: readonly ReplicaContent[]
}

export interface ReplicaContent {
  readonly node: NodeId
  readonly docs: number
  readonly maxDocid: number
  readonly source: Source
}

export function divergence({replicas}: PartitionSight): Divergence[] {
  return [...contentsByApplied(replicas.values())]
    .filter(([, contents]) =>
      contents.some(({docs, maxDocid}) => docs !== contents[0]?.docs || maxDocid !== contents[0]?.maxDocid),
    )
    .map(([applied, contents]) => ({applied, replicas: contents}))
}

/** What can be compared with what. */
export function contentsByApplied(replicas: Iterable<ReplicaOf>): Map<number, ReplicaContent[]> {
  const groups = new Map<number, ReplicaContent[]>()
  for (const {node, info, source} of replicas) {
    if (info?.raft_status === undefined || source === null) continue
    const applied = Number(info.raft_status.Applied)
    const content = {node, docs: info.doc_num, maxDocid: info.max_docid, source}
    const group = groups.get(applied)
    if (group === undefined) groups.set(applied, [content])
    else group.push(content)
  }
  return groups
}

type ReplicaOf = PartitionSight['replicas'] extends ReadonlyMap<NodeId, infer Replica> ? Replica : never

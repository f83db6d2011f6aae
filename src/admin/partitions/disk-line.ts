/** `partitions disk`: what lies where, and whether the metadata knows of it. */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import {intendedReplicas} from '../picture/partition-sight.js'
import type {ClusterPicture} from '../picture/picture.js'

export interface DiskLine {
  readonly node: NodeId
  readonly partition: PartitionId
  readonly path: string | null
  /** Null: its size was not told. */
  readonly dataBytes: number | null
  /** Only where the directory itself was read. */
  readonly raftBytes: number | null
  /** `doomed`: the next start of a Vearch server wipes it. `orphan`: no record names the partition; clean_task deletes it. */
  readonly verdict: 'ok' | 'doomed' | 'orphan' | 'extra'
}

export function diskLines(picture: ClusterPicture, only?: NodeId): DiskLine[] {
  const lines: DiskLine[] = []
  for (const sight of picture.partitions.values()) {
    for (const {node, info, onDisk, inServerRecord} of sight.replicas.values()) {
      if (only !== undefined && node !== only) continue
      if (info === null && onDisk === null && !inServerRecord) continue
      const owners = sight.record?.value.replicas
      const isListed = intendedReplicas(sight).includes(node)
      lines.push({
        node,
        partition: sight.id,
        path: onDisk?.path ?? info?.path ?? null,
        dataBytes: onDisk?.dataBytes ?? info?.size ?? null,
        raftBytes: onDisk?.raftBytes ?? null,
        verdict:
          owners === undefined
            ? isListed
              ? 'ok'
              : 'orphan'
            : !owners.includes(node)
              ? 'doomed'
              : isListed
                ? 'ok'
                : 'extra',
      })
    }
  }
  return lines.sort((a, b) => a.node - b.node || a.partition - b.partition)
}

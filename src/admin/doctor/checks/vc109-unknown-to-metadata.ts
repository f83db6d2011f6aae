import type {NodeId, PartitionId} from '../../../entity/ids.js'
import {say} from '../../messages/message.js'
import {isServing} from '../../picture/sight-facts.js'
import type {Check} from '../check.js'
import {evidence, ofNode} from '../finding.js'

/** Of one node, in the message; the evidence has their number. */
const idsShownMax = 20

export const vc109: Check = {
  code: 'VC109',
  group: 'metadata',
  severity: 'critical',
  title: say('VC109.title'),
  explanation: say('VC109.explain'),
  needs: ['metadata', 'nodes'],
  check({partitions, metadata}) {
    const unknown = new Map<NodeId, PartitionId[]>()
    for (const sight of partitions.values()) {
      const {id, record, broken, replicas, listing} = sight
      // one that is being created is registered once it has a leader
      if (record !== null || broken !== null || (listing !== null && !isServing(sight))) continue
      for (const {node, info, inServerRecord} of replicas.values()) {
        if (info === null && !inServerRecord) continue
        const ids = unknown.get(node)
        if (ids === undefined) unknown.set(node, [id])
        else ids.push(id)
      }
    }
    return [...unknown].map(([node, ids]) => ({
      subject: ofNode(node),
      message: say('VC109', {count: ids.length, partitions: ids.slice(0, idsShownMax)}),
      evidence: [
        evidence(
          {from: 'metadata', key: metadata.keys.server(node), revision: metadata.servers.get(node)?.modRevision ?? 0},
          {p_ids: ids.slice(0, idsShownMax), without: metadata.keys.partitionPrefix},
        ),
      ],
      next: `vearchctl partitions disk --node ${node}`,
    }))
  },
}

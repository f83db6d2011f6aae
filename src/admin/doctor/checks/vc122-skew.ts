import type {NodeId} from '../../../entity/ids.js'
import {say} from '../../messages/message.js'
import {leadersByNode, replicasByNode} from '../../picture/node-load.js'
import type {Check} from '../check.js'
import {type Found, ofCluster, recordSays} from '../finding.js'

/** The fullest node has this many times the average, and at least so many more than the emptiest. */
const skewFactor = 1.5
const differenceMin = 3

export const vc122: Check = {
  code: 'VC122',
  group: 'resources',
  severity: 'note',
  title: say('VC122.title'),
  explanation: say('VC122.explain'),
  needs: ['metadata', 'nodes'],
  check(picture) {
    const pools = new Map<string, NodeId[]>()
    for (const [node, {value}] of picture.metadata.servers) {
      if (!value.private) pools.set(value.resource_name, [...(pools.get(value.resource_name) ?? []), node])
    }
    const [replicas, leaders] = [replicasByNode(picture), leadersByNode(picture)]
    return [...pools].flatMap(([pool, nodes]): Found[] => [
      ...skewOf(pool, nodes, replicas, 'count'),
      ...skewOf(pool, nodes, leaders, 'leaders'),
    ])

    function skewOf(
      pool: string,
      nodes: readonly NodeId[],
      counts: ReadonlyMap<NodeId, number>,
      by: 'count' | 'leaders',
    ): Found[] {
      const loads = nodes.map((node) => ({node, load: counts.get(node) ?? 0})).sort((a, b) => a.load - b.load)
      const [least, most] = [loads[0], loads.at(-1)]
      if (least === undefined || most === undefined) return []
      const average = loads.reduce((sum, {load}) => sum + load, 0) / loads.length
      if (most.load <= average * skewFactor || most.load - least.load < differenceMin) return []
      const record = picture.metadata.servers.get(most.node)
      const numbers = {most: most.load, node: most.node, least: least.load, other: least.node, pool}
      return [
        {
          subject: ofCluster,
          message: by === 'count' ? say('VC122.replicas', numbers) : say('VC122.leaders', numbers),
          evidence: record === undefined ? [] : [recordSays(record, {[by]: most.load})],
          next: `vearchctl partitions rebalance --by ${by}`,
        },
      ]
    }
  },
}

import type {NodeId} from '../../../entity/ids.js'
import {sameNodes} from '../../../entity/partition.js'
import {say} from '../../messages/message.js'
import {intendedReplicas} from '../../picture/partition-sight.js'
import {sourceOfRecord} from '../../picture/record.js'
import {isServing, running, wasHeard} from '../../picture/sight-facts.js'
import type {Check} from '../check.js'
import {type Evidence, evidence, ofPartition, raftSays, recordSays} from '../finding.js'

export const vc104: Check = {
  code: 'VC104',
  group: 'partitions',
  severity: 'warning',
  title: say('VC104.title'),
  explanation: say('VC104.explain'),
  needs: ['metadata', 'nodes'],
  check(picture) {
    return [...picture.partitions.values()].filter(isServing).flatMap((sight) => {
      const {record, listing} = sight
      const intended = intendedReplicas(sight)
      const recorded = record?.value.replicas ?? intended
      const {raft} = sight
      const members = raft === null || raft.members.length === 0 ? intended : raft.members
      const holders: NodeId[] = running(sight).map(({node}) => node)
      const missing = intended.filter((node) => wasHeard(picture, node) && !holders.includes(node))
      const extra = holders.filter((node) => !intended.includes(node))
      const agrees = sameNodes(intended, recorded) && sameNodes(intended, members)
      if (agrees && missing.length === 0 && extra.length === 0) return []
      const heard: Evidence[] = [...sight.replicas.values()].flatMap(({source, node}) =>
        source === null ? [] : [evidence(source, {has: node})],
      )
      return [
        {
          severity: missing.length > 0 ? ('critical' as const) : ('warning' as const),
          subject: ofPartition(sight.id),
          message: say('VC104', {space: intended, record: recorded, raft: members, running: holders, missing, extra}),
          evidence: [
            evidence(sourceOfRecord(listing.space), {replicas: intended}),
            ...(record === null ? [] : [recordSays(record, {replicas: recorded})]),
            ...raftSays(raft),
            ...heard,
          ],
          next: `vearchctl partitions show ${sight.id}`,
        },
      ]
    })
  },
}

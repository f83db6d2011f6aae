import {ReplicaState} from '../../../entity/partition.js'
import {say} from '../../messages/message.js'
import {intendedReplicas} from '../../picture/partition-sight.js'
import {isAlive} from '../../picture/picture.js'
import {sourceOfRecord} from '../../picture/record.js'
import {isServing} from '../../picture/sight-facts.js'
import type {Check} from '../check.js'
import {evidence, ofPartition, raftSays, recordSays} from '../finding.js'

export const vc101: Check = {
  code: 'VC101',
  group: 'partitions',
  severity: 'critical',
  title: say('VC101.title'),
  explanation: say('VC101.explain'),
  needs: ['metadata', 'nodes'],
  check(picture) {
    return [...picture.partitions.values()].filter(isServing).flatMap((sight) => {
      const {raft} = sight
      const recorded = sight.record?.value.leader_name || null
      const leader = raft === null ? recorded : raft.leader
      if (leader !== null && isAlive(picture, leader)) return []
      const replicas = intendedReplicas(sight)
      const dead = replicas.filter((node) => !isAlive(picture, node))
      const {id, record, listing} = sight
      const ready = Object.entries(record?.value.status ?? {}).filter(([, state]) => state === ReplicaState.ok)
      const own = {leader: recorded, term: record?.value.term ?? null, ready: ready.map(([node]) => node)}
      return [
        {
          subject: ofPartition(id),
          message: say('VC101', {leader: leader ?? null, dead, replicas}),
          evidence: [
            ...(record === null ? [] : [recordSays(record, own)]),
            ...(listing === null ? [] : [evidence(sourceOfRecord(listing.space), {replicas})]),
            ...raftSays(raft),
          ],
          next: `vearchctl why partition ${id}`,
        },
      ]
    })
  },
}

import {say} from '../../messages/message.js'
import type {Check} from '../check.js'
import {ofPartition, raftSays, recordSays} from '../finding.js'

export const vc102: Check = {
  code: 'VC102',
  group: 'partitions',
  severity: 'warning',
  title: say('VC102.title'),
  explanation: say('VC102.explain'),
  needs: ['metadata', 'nodes'],
  check(picture) {
    return [...picture.partitions.values()].flatMap((sight) => {
      const {id, record} = sight
      const recorded = record?.value.leader_name || null
      if (record === null || recorded === null) return []
      const {raft} = sight
      const {replicas = [], term = null} = record.value
      const elected = raft?.leader ?? null
      const message =
        elected !== null && elected !== recorded
          ? say('VC102.other', {recorded, elected})
          : replicas.includes(recorded)
            ? null
            : say('VC102.foreign', {recorded, replicas})
      if (message === null) return []
      return [
        {
          subject: ofPartition(id),
          message,
          evidence: [recordSays(record, {leader_name: recorded, replicas, term}), ...raftSays(raft)],
          next: `vearchctl repair VC102 ${id}`,
        },
      ]
    })
  },
}

import type {NodeId, PartitionId} from '../../../entity/ids.js'
import {say} from '../../messages/message.js'
import {intendedReplicas} from '../../picture/partition-sight.js'
import {isAlive} from '../../picture/picture.js'
import {sourceOfRecord} from '../../picture/record.js'
import {isServing} from '../../picture/sight-facts.js'
import {Candidates} from '../../plan/candidates.js'
import type {Check} from '../check.js'
import {evidence, ofPartition} from '../finding.js'

export const vc103: Check = {
  code: 'VC103',
  group: 'partitions',
  severity: 'warning',
  title: say('VC103.title'),
  explanation: say('VC103.explain'),
  needs: ['metadata'],
  check(picture) {
    const candidates = new Candidates(picture)
    return [...picture.partitions.values()].filter(isServing).flatMap((sight) => {
      const {space} = sight.listing
      const replicas = intendedReplicas(sight)
      const dead = replicas.filter((node) => !isAlive(picture, node))
      const live = replicas.length - dead.length
      const wanted = space.value.replica_num
      if (live >= wanted) return []
      const [lost] = dead
      return [
        {
          subject: ofPartition(sight.id),
          message: say('VC103', {live, wanted, dead}),
          evidence: [evidence(sourceOfRecord(space), {replica_num: wanted, replicas})],
          next:
            lost === undefined ? addition(sight.id, candidates.forReplica(sight)) : `vearchctl node recover ${lost}`,
        },
      ]
    })
  },
}

function addition(partition: PartitionId, [target]: readonly NodeId[]): string {
  return target === undefined ? 'vearchctl node list' : `vearchctl partitions add-replica ${partition} --to ${target}`
}

import {say} from '../../messages/message.js'
import {spaceName} from '../../picture/picture.js'
import type {Check} from '../check.js'
import {ofSpace, recordSays} from '../finding.js'

export const vc132: Check = {
  code: 'VC132',
  group: 'metadata',
  severity: 'critical',
  title: say('VC132.title'),
  explanation: say('VC132.explain'),
  needs: ['metadata'],
  check(picture) {
    return [...picture.metadata.spaces.values()].flatMap((space) => {
      const {partitions, partition_num, partition_rule} = space.value
      const ranges = partition_rule?.ranges.length ?? 1
      if (partitions.length === partition_num * ranges) return []
      return [
        {
          subject: ofSpace(spaceName(picture, space.value)),
          message: say('VC132', {has: partitions.length, wanted: partition_num * ranges}),
          evidence: [recordSays(space, {partitions: partitions.length, partition_num, ranges})],
          next: `vearchctl meta get ${space.key}`,
        },
      ]
    })
  },
}

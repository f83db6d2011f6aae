import {say} from '../../messages/message.js'
import {spaceName} from '../../picture/picture.js'
import type {Check} from '../check.js'
import {ofSpace, recordSays} from '../finding.js'

export const vc118: Check = {
  code: 'VC118',
  group: 'metadata',
  severity: 'critical',
  title: say('VC118.title'),
  explanation: say('VC118.explain'),
  needs: ['metadata'],
  check(picture) {
    return [...picture.metadata.spaces.values()].flatMap((space) => {
      const {partitions, partition_rule, name} = space.value
      // with a rule the range and the order decide, and no slot is looked at
      if (partition_rule !== undefined || partitions.length === 0) return []
      const slots = partitions.map(({partition_slot}) => partition_slot)
      const wrong = slots.findIndex((slot, at) => (at === 0 ? slot !== 0 : slot <= (slots[at - 1] ?? 0)))
      const partition = partitions[wrong]
      if (partition === undefined) return []
      const {id, partition_slot: slot} = partition
      const before = wrong === 0 ? null : (slots[wrong - 1] ?? null)
      return [
        {
          subject: ofSpace(spaceName(picture, space.value)),
          message: wrong === 0 ? say('VC118.gap', {partition: id, slot}) : say('VC118', {partition: id, slot, before}),
          evidence: [recordSays(space, {partition: id, partition_slot: slot, before})],
          next: `vearchctl partitions list --space ${spaceName(picture, {db_id: space.value.db_id, name})}`,
        },
      ]
    })
  },
}

import {say} from '../../messages/message.js'
import {spaceName} from '../../picture/picture.js'
import type {Check} from '../check.js'
import {ofPartition, recordSays} from '../finding.js'

export const vc136: Check = {
  code: 'VC136',
  group: 'metadata',
  severity: 'critical',
  title: say('VC136.title'),
  explanation: say('VC136.explain'),
  needs: ['metadata'],
  check(picture) {
    return [...picture.partitions.values()].flatMap(({id, listing, moreListings}) => {
      if (listing === null || moreListings.length === 0) return []
      const spaces = [listing, ...moreListings].map(({space}) => space)
      return [
        {
          subject: ofPartition(id),
          message: say('VC136', {spaces: spaces.map(({value}) => spaceName(picture, value))}),
          evidence: spaces.map((space) => recordSays(space, {partitions: [id]})),
          next: `vearchctl partitions show ${id}`,
        },
      ]
    })
  },
}

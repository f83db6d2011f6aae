import {say} from '../../messages/message.js'
import {docsOf} from '../../picture/partition-sight.js'
import type {Check} from '../check.js'
import {ofPartition, recordSays} from '../finding.js'

export const vc106: Check = {
  code: 'VC106',
  group: 'metadata',
  severity: 'critical',
  title: say('VC106.title'),
  explanation: say('VC106.explain'),
  needs: ['metadata'],
  check({partitions, metadata}) {
    return [...partitions.values()].flatMap((sight) => {
      const {id, record, listing} = sight
      if (record === null || listing !== null) return []
      const {db_id: db, space_id: space} = record.value
      // a space that cannot be read may have it: VC133 tells of that one
      if (metadata.broken.has(metadata.keys.space(db, space))) return []
      const isKnown = metadata.spaces.has(space)
      return [
        {
          subject: ofPartition(id),
          message: isKnown
            ? say('VC106.unlisted', {db, space, docs: docsOf(sight)})
            : say('VC106', {db, space, docs: docsOf(sight)}),
          evidence: [recordSays(record, {db_id: db, space_id: space, replicas: record.value.replicas ?? []})],
          next: `vearchctl meta get ${record.key}`,
        },
      ]
    })
  },
}

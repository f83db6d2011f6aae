import {say} from '../../messages/message.js'
import {spaceName} from '../../picture/picture.js'
import type {Check} from '../check.js'
import {ofSpace, recordSays} from '../finding.js'

export const vc107: Check = {
  code: 'VC107',
  group: 'metadata',
  severity: 'critical',
  title: say('VC107.title'),
  explanation: say('VC107.explain'),
  needs: ['metadata'],
  check(picture) {
    const {spaces, dbs, broken, keys, dbNames} = picture.metadata
    return [...spaces.values()].flatMap((space) => {
      const {db_id: db, partitions} = space.value
      const key = keys.db(db)
      if (dbs.has(db) || broken.has(key)) return []
      return [
        {
          subject: ofSpace(spaceName(picture, space.value)),
          message: say('VC107', {key, partitions: partitions.map(({id}) => id)}),
          evidence: [recordSays(space, {db_id: db, name: dbNames.get(db)?.value ?? null})],
          next: `vearchctl repair VC107 ${spaceName(picture, space.value)}`,
        },
      ]
    })
  },
}

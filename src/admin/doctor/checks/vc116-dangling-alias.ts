import {say} from '../../messages/message.js'
import {spaceName} from '../../picture/picture.js'
import type {Check} from '../check.js'
import {recordSays} from '../finding.js'

export const vc116: Check = {
  code: 'VC116',
  group: 'metadata',
  severity: 'warning',
  title: say('VC116.title'),
  explanation: say('VC116.explain'),
  needs: ['metadata'],
  check(picture) {
    const {aliases, spaces} = picture.metadata
    const names = new Set([...spaces.values()].map(({value}) => spaceName(picture, value)))
    return [...aliases].flatMap(([name, alias]) => {
      const {db_name, space_name} = alias.value
      const target = `${db_name}/${space_name}`
      if (names.has(target)) return []
      return [
        {
          subject: {kind: 'alias', name},
          message: say('VC116', {target}),
          evidence: [recordSays(alias, {db_name, space_name})],
          next: `vearchctl alias delete ${name}`,
        },
      ]
    })
  },
}

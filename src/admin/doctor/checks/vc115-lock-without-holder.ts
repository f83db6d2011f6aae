import {say} from '../../messages/message.js'
import type {Check} from '../check.js'
import {recordSays} from '../finding.js'

export const vc115: Check = {
  code: 'VC115',
  group: 'metadata',
  severity: 'warning',
  title: say('VC115.title'),
  explanation: say('VC115.explain'),
  needs: ['metadata', 'leases'],
  check({metadata, leases}) {
    return metadata.locks.flatMap((lock) => {
      const {key, lease, value} = lock
      const left = lease === null || !leases.told ? undefined : leases.value.get(lease)
      if (lease !== null && left !== null) return []
      return [
        {
          subject: {kind: 'lock', name: value.name},
          message: lease === null ? say('VC115.noLease') : say('VC115', {lease}),
          evidence: [recordSays(lock, {lease})],
          next: `vearchctl locks release ${key}`,
        },
      ]
    })
  },
}

import {say} from '../../messages/message.js'
import type {Check} from '../check.js'
import {evidence, ofCluster} from '../finding.js'

const ageMaxMs = 24 * 3_600_000

export const vc131: Check = {
  code: 'VC131',
  group: 'metadata',
  severity: 'note',
  title: say('VC131.title'),
  explanation: say('VC131.explain'),
  needs: ['backups'],
  check({lastBackup, takenAtMs}) {
    if (!lastBackup.told) return []
    const {value: atMs, source} = lastBackup
    if (atMs !== null && takenAtMs - atMs <= ageMaxMs) return []
    const at = atMs === null ? null : new Date(atMs).toISOString()
    return [
      {
        subject: ofCluster,
        message: at === null ? say('VC131.never') : say('VC131', {at}),
        evidence: [evidence(source, {last: at})],
        next: 'vearchctl meta backup',
      },
    ]
  },
}

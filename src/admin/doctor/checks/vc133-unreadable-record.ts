import {say} from '../../messages/message.js'
import type {Check} from '../check.js'
import {recordSays} from '../finding.js'

export const vc133: Check = {
  code: 'VC133',
  group: 'metadata',
  severity: 'critical',
  title: say('VC133.title'),
  explanation: say('VC133.explain'),
  needs: ['metadata'],
  check({metadata}) {
    return [...metadata.broken.values()].map((record) => ({
      subject: {kind: 'key', name: record.key} as const,
      message: say('VC133', {reason: record.reason}),
      evidence: [recordSays(record, {bytes: record.value.length})],
      next: `vearchctl meta get ${record.key} --raw`,
    }))
  },
}

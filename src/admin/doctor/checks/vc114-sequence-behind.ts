import {say} from '../../messages/message.js'
import {idsInUse} from '../../picture/ids-in-use.js'
import type {Check} from '../check.js'
import {evidence, recordSays} from '../finding.js'

export const vc114: Check = {
  code: 'VC114',
  group: 'metadata',
  severity: 'critical',
  title: say('VC114.title'),
  explanation: say('VC114.explain'),
  needs: ['metadata'],
  check({metadata, partitions}) {
    return idsInUse({metadata, partitions}).flatMap(({sequence, key, record, last, highest}) => {
      if (last !== null && last >= highest) return []
      const subject = {kind: 'sequence', name: sequence} as const
      const next = `vearchctl ids bump ${sequence} --to ${highest}`
      const says =
        record === null
          ? evidence({from: 'metadata', key, revision: metadata.revision}, {value: null})
          : recordSays(record, {value: record.value})
      if (last === null)
        return [{subject, message: say('VC114.broken', {value: record?.value ?? null}), evidence: [says], next}]
      return [{subject, message: say('VC114', {last, highest}), evidence: [says], next}]
    })
  },
}

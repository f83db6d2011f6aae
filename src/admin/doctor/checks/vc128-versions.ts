import {say} from '../../messages/message.js'
import type {Check} from '../check.js'
import {type Evidence, evidence, ofCluster, recordSays} from '../finding.js'

export const vc128: Check = {
  code: 'VC128',
  group: 'nodes',
  severity: 'note',
  title: say('VC128.title'),
  explanation: say('VC128.explain'),
  needs: ['metadata', 'masters'],
  check({metadata, masters}) {
    const firstOf = new Map<string, Evidence>()
    for (const record of metadata.servers.values()) {
      const version = record.value.version?.build_version ?? ''
      if (version !== '' && !firstOf.has(version)) firstOf.set(version, recordSays(record, {build_version: version}))
    }
    for (const answer of masters) {
      if (!answer.told || answer.value.version === '' || firstOf.has(answer.value.version)) continue
      firstOf.set(answer.value.version, evidence(answer.source, {build_version: answer.value.version}))
    }
    if (firstOf.size < 2) return []
    const versions = [...firstOf.keys()].sort()
    return [
      {
        subject: ofCluster,
        message: say('VC128', {versions}),
        evidence: [...firstOf.values()],
        next: 'vearchctl node list --columns id,role,version',
      },
    ]
  },
}

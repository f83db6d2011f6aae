import {say} from '../../messages/message.js'
import type {Check} from '../check.js'
import {evidence, type Found} from '../finding.js'

export const vc129: Check = {
  code: 'VC129',
  group: 'configuration',
  severity: 'warning',
  title: say('VC129.title'),
  explanation: say('VC129.explain'),
  needs: ['config'],
  check({config}) {
    if (!config.told) return []
    const {path, findings} = config.value
    return findings.map(
      ({severity, key, line, text, hint}): Found => ({
        severity: severity === 'error' ? 'critical' : severity,
        subject: {kind: 'config', name: key === '' ? path : key},
        // the file's reader has said it in its own words
        message: say('VC129', {text, hint}),
        evidence: [evidence({from: 'config', path, line}, {key})],
        next: `vearchctl config lint ${path}`,
      }),
    )
  },
}

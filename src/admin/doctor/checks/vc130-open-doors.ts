import {lintConfig} from '../../../config/lint.js'
import {say} from '../../messages/message.js'
import type {Check} from '../check.js'
import {evidence, type Found} from '../finding.js'

const doors: ReadonlySet<string> = new Set(['global.skip_auth', 'global.signkey'])

export const vc130: Check = {
  code: 'VC130',
  group: 'configuration',
  severity: 'warning',
  title: say('VC130.title'),
  explanation: say('VC130.explain'),
  needs: ['config'],
  check({config}) {
    if (!config.told) return []
    const {path} = config.value
    return lintConfig(config.value)
      .filter(({key}) => doors.has(key))
      .map(
        ({key, line}): Found => ({
          subject: {kind: 'config', name: key},
          message: key === 'global.skip_auth' ? say('VC130.skipAuth') : say('VC130'),
          evidence: [evidence({from: 'config', path, line}, {key})],
          next: `vearchctl config lint ${path}`,
        }),
      )
  },
}

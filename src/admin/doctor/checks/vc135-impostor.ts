import {say} from '../../messages/message.js'
import type {Answer} from '../../picture/answer.js'
import type {Check} from '../check.js'
import {evidence, type Found, ofNode, type Subject} from '../finding.js'

export const vc135: Check = {
  code: 'VC135',
  group: 'nodes',
  severity: 'critical',
  title: say('VC135.title'),
  explanation: say('VC135.explain'),
  needs: ['nodes', 'masters'],
  check({nodes, masters, metadata}) {
    const {cluster} = metadata.keys
    const ofServers = [...nodes].flatMap(([node, answer]) =>
      impostor(answer, ofNode(node), `vearchctl node show ${node}`),
    )
    const ofMasters = masters.flatMap((answer): Found[] => {
      const name = answer.source.from === 'master' ? answer.source.master : ''
      const subject: Subject = {kind: 'master', name}
      if (!answer.told) return impostor(answer, subject, 'vearchctl context test')
      if (answer.value.cluster === cluster) return []
      const message = say('VC135.cluster', {theirs: answer.value.cluster, cluster})
      const says = evidence(answer.source, {name: answer.value.cluster})
      return [{subject, message, evidence: [says], next: 'vearchctl context test'}]
    })
    return [...ofServers, ...ofMasters]
  },
}

function impostor(answer: Answer<unknown>, subject: Subject, next: string): Found[] {
  if (answer.told || answer.silence.reason !== 'impostor') return []
  const {detail} = answer.silence
  return [{subject, message: say('VC135', {detail}), evidence: [evidence(answer.source, {is: detail})], next}]
}

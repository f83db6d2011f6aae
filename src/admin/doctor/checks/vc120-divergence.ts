import {say} from '../../messages/message.js'
import {divergence} from '../../picture/divergence.js'
import type {Check} from '../check.js'
import {ofPartition} from '../finding.js'

export const vc120: Check = {
  code: 'VC120',
  group: 'partitions',
  severity: 'critical',
  title: say('VC120.title'),
  explanation: say('VC120.explain'),
  needs: ['nodes'],
  check({partitions}) {
    return [...partitions.values()].flatMap((sight) =>
      divergence(sight).map(({applied, replicas}) => ({
        subject: ofPartition(sight.id),
        message: say('VC120', {
          applied,
          docs: replicas.map(({node, docs}) => `${node}:${docs}`),
          maxDocids: replicas.map(({node, maxDocid}) => `${node}:${maxDocid}`),
        }),
        evidence: replicas.map(({source, docs, maxDocid}) => ({
          source,
          says: {Applied: applied, doc_num: docs, max_docid: maxDocid},
        })),
        next: `vearchctl partitions verify ${sight.id} --deep`,
      })),
    )
  },
}

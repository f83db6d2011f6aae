import {say} from '../../messages/message.js'
import {running} from '../../picture/sight-facts.js'
import type {Check} from '../check.js'
import {evidence, type Found, ofPartition} from '../finding.js'

/** Vearch's training threshold: with fewer documents an index is not built yet, and rightly. */
const documentsMin = 10_000

export const vc124: Check = {
  code: 'VC124',
  group: 'partitions',
  severity: 'warning',
  title: say('VC124.title'),
  explanation: say('VC124.explain'),
  needs: ['nodes'],
  check({partitions}) {
    return [...partitions.values()].flatMap((sight) =>
      running(sight).flatMap(({node, info, source}): Found[] => {
        if (info === null || source === null) return []
        const broken = Object.entries(info.index_build_state ?? {}).filter(([, state]) => state === 'FAILED')
        const subject = ofPartition(sight.id)
        if (broken.length > 0) {
          const indexes = broken.map(([name]) => name)
          const next = `vearchctl repair VC124 ${sight.id}`
          return [
            {subject, message: say('VC124', {node, indexes}), evidence: [evidence(source, {FAILED: indexes})], next},
          ]
        }
        if (info.index_status !== 0 || info.doc_num < documentsMin) return []
        const says = {doc_num: info.doc_num, index_num: info.index_num, index_status: 0}
        return [
          {
            severity: 'note',
            subject,
            message: say('VC124.unbuilt', {node, docs: info.doc_num}),
            evidence: [evidence(source, says)],
            next: `vearchctl partitions show ${sight.id}`,
          },
        ]
      }),
    )
  },
}

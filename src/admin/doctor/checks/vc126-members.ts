import {say} from '../../messages/message.js'
import type {Check} from '../check.js'
import {evidence, type Found, recordSays} from '../finding.js'

export const vc126: Check = {
  code: 'VC126',
  group: 'metadata',
  severity: 'warning',
  title: say('VC126.title'),
  explanation: say('VC126.explain'),
  needs: ['metadata', 'masters'],
  check({metadata, masters}) {
    const heard = masters.find((answer) => answer.told && answer.value.members.length > 0)
    if (heard?.told !== true) return []
    const {source, value} = heard
    const ofEtcd = new Map(value.members.map((member) => [member.id, member]))
    const gone = [...metadata.members].flatMap(([id, record]): Found[] =>
      ofEtcd.has(id)
        ? []
        : [
            {
              subject: {kind: 'master', name: record.value.name},
              message: say('VC126.gone', {id}),
              evidence: [
                recordSays(record, {name: record.value.name}),
                evidence(source, {members: [...ofEtcd.keys()]}),
              ],
              next: `vearchctl meta get ${record.key}`,
            },
          ],
    )
    const unannounced = value.members.flatMap(({id, name, clientUrls}): Found[] =>
      metadata.members.has(id)
        ? []
        : [
            {
              subject: {kind: 'master', name: name === '' ? id : name},
              message: say('VC126', {key: metadata.keys.member(id)}),
              evidence: [evidence(source, {ID: id, name, clientURLs: clientUrls})],
              next: 'vearchctl master members list',
            },
          ],
    )
    return [...gone, ...unannounced]
  },
}

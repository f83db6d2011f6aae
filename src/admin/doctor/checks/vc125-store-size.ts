import {say} from '../../messages/message.js'
import type {ClusterPicture} from '../../picture/picture.js'
import type {Check} from '../check.js'
import {evidence, type Found, ofCluster} from '../finding.js'

/** What Vearch gives its etcd, and we ours (control-plane spec §1.12). */
const quotaBytes = 8_589_934_592
const warnFrom = 0.5
const criticalFrom = 0.8
/** A file with this many times what is in it, and large enough to be worth the trouble. */
const looseFactor = 10
const looseFromBytes = 256 * 1024 * 1024

export const vc125: Check = {
  code: 'VC125',
  group: 'resources',
  severity: 'warning',
  title: say('VC125.title'),
  explanation: say('VC125.explain'),
  needs: ['store', 'masters'],
  check({store, metadata, masters}) {
    return [...troubles(masters), ...size({store, metadata})]
  },
}

/** Alarms, and members that do not answer: each once, whichever masters tell of it. */
function troubles(masters: ClusterPicture['masters']): Found[] {
  const told = new Map<string, Found>()
  for (const answer of masters) {
    if (!answer.told) continue
    for (const {id, errors} of answer.value.memberErrors) {
      if (told.has(id)) continue
      told.set(id, {
        severity: 'critical',
        subject: {kind: 'master', name: id},
        message: say('VC125.errors', {errors}),
        evidence: [evidence(answer.source, {member_id: id, errors})],
        next: 'vearchctl master etcd alarm',
      })
    }
  }
  return [...told.values()]
}

function size({store, metadata}: Pick<ClusterPicture, 'store' | 'metadata'>): Found[] {
  if (!store.told) return []
  const {dbBytes} = store.value
  const share = dbBytes / quotaBytes
  const found = (severity: 'critical' | 'warning' | 'note', message: Found['message']): Found[] => [
    {
      severity,
      subject: ofCluster,
      message,
      evidence: [evidence(store.source, {dbSize: dbBytes, live: metadata.bytes, quota: quotaBytes})],
      next: 'vearchctl master etcd status',
    },
  ]
  if (share >= warnFrom) {
    const message = say('VC125', {used: `${Math.round(share * 100)}%`, bytes: dbBytes})
    return found(share >= criticalFrom ? 'critical' : 'warning', message)
  }
  const isLoose = dbBytes > looseFromBytes && dbBytes > metadata.bytes * looseFactor
  return isLoose ? found('note', say('VC125.loose', {bytes: dbBytes, live: metadata.bytes})) : []
}

import {say} from '../../messages/message.js'
import type {Check} from '../check.js'
import {evidence, type Found, ofNode, ofPartition, recordSays} from '../finding.js'

/** More than this cannot be the time that an answer took. */
const skewMaxMs = 10_000
const nanosPerMilli = 1_000_000n

export const vc127: Check = {
  code: 'VC127',
  group: 'nodes',
  severity: 'warning',
  title: say('VC127.title'),
  explanation: say('VC127.explain'),
  needs: ['metadata', 'masters'],
  check({metadata, masters, takenAtMs}) {
    const ofMasters = masters.flatMap((answer): Found[] => {
      if (!answer.told || answer.value.aheadMs === null) return []
      const {aheadMs} = answer.value
      if (Math.abs(aheadMs) <= skewMaxMs) return []
      const name = answer.source.from === 'master' ? answer.source.master : ''
      return [
        {
          subject: {kind: 'master', name},
          message: say('VC127', {seconds: seconds(aheadMs)}),
          evidence: [evidence(answer.source, {aheadMs})],
          next: 'vearchctl master members list',
        },
      ]
    })
    const ofFailures = [...metadata.failServers].flatMap(([node, record]): Found[] => {
      const aheadMs = record.value.time_stamp * 1000 - takenAtMs
      if (aheadMs <= skewMaxMs) return []
      const message = say('VC127.future', {seconds: seconds(aheadMs)})
      const says = recordSays(record, {time_stamp: record.value.time_stamp, here: iso(takenAtMs)})
      return [{subject: ofNode(node), message, evidence: [says], next: `vearchctl meta get ${record.key}`}]
    })
    return [...ofMasters, ...ofFailures, ...newest(metadata, takenAtMs)]
  },
}

/** One finding for all partitions whose leader registered in the future: the clock of one master is to blame. */
function newest({partitions}: Parameters<Check['check']>[0]['metadata'], takenAtMs: number): Found[] {
  let latest: {atMs: number; found: Found} | null = null
  for (const [id, record] of partitions) {
    const atMs = Number(BigInt(record.value.update_time ?? 0) / nanosPerMilli)
    if (atMs - takenAtMs <= skewMaxMs || (latest !== null && latest.atMs >= atMs)) continue
    const message = say('VC127.future', {seconds: seconds(atMs - takenAtMs)})
    const says = recordSays(record, {update_time: record.value.update_time ?? 0, here: iso(takenAtMs)})
    latest = {
      atMs,
      found: {subject: ofPartition(id), message, evidence: [says], next: `vearchctl meta get ${record.key}`},
    }
  }
  return latest === null ? [] : [latest.found]
}

const seconds = (ms: number) => Math.round(ms / 1000)
const iso = (ms: number) => new Date(ms).toISOString()

import {say} from '../../messages/message.js'
import type {Check} from '../check.js'
import {evidence, type Found, ofNode, ofPartition, recordSays} from '../finding.js'

/** Before the limit. */
const warnBefore = 0.1

export const vc123: Check = {
  code: 'VC123',
  group: 'resources',
  severity: 'warning',
  title: say('VC123.title'),
  explanation: say('VC123.explain'),
  needs: ['metadata', 'nodes'],
  check({nodes, settings, partitions}) {
    const limit = settings.resourceLimitRate
    const full = [...nodes].flatMap(([node, answer]): Found[] => {
      if (!answer.told || answer.value.stats === null) return []
      const {stats} = answer.value
      const rooms = [
        {near: 'VC123.disk', over: 'VC123.diskOver', room: stats.fs, next: `vearchctl partitions disk --node ${node}`},
        {near: 'VC123.memory', over: 'VC123.memoryOver', room: stats.mem, next: `vearchctl node stats ${node}`},
      ] as const
      return rooms.flatMap(({near, over, room, next}): Found[] => {
        const {total_in_bytes: total, used_in_bytes: used} = room
        const share = total > 0 ? used / total : 0
        if (share < limit - warnBefore) return []
        const numbers = {used: percent(share), limit: percent(limit)}
        const isOver = share >= limit
        return [
          {
            severity: isOver ? 'critical' : 'warning',
            subject: ofNode(node),
            message: say(isOver ? over : near, numbers),
            evidence: [evidence({from: 'node', node, question: 'stats'}, {total_in_bytes: total, used_in_bytes: used})],
            next,
          },
        ]
      })
    })
    const closed = [...partitions.values()].flatMap(({id, record}): Found[] =>
      record?.value.resourceExhausted === true
        ? [
            {
              severity: 'critical',
              subject: ofPartition(id),
              message: say('VC123.closed', {leader: record.value.leader_name || null}),
              evidence: [recordSays(record, {resourceExhausted: true})],
              next: `vearchctl partitions disk --node ${record.value.leader_name ?? ''}`.trimEnd(),
            },
          ]
        : [],
    )
    return [...full, ...closed]
  },
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`
}

import {subjectText} from '../admin/doctor/finding.js'
import {type Catalogue, textOf} from '../admin/messages/message.js'
import type {CordonRow} from '../admin/nodes/cordon.js'
import type {NodeCard} from '../admin/nodes/node-card.js'
import type {ProcessRow, ProfileRow} from '../admin/nodes/operate-node.js'
import type {PingLine} from '../admin/nodes/ping.js'
import type {PreflightLine} from '../admin/nodes/preflight.js'
import type {RestartedNode} from '../admin/nodes/restart-nodes.js'
import type {StoppedNode} from '../admin/nodes/stop-node.js'
import type {View} from './view.js'

export const nodeCardView: View<NodeCard> = {
  name: ({node}) => String(node.id),
  columns: {
    id: {get: ({node}) => node.id},
    address: {get: ({node}) => node.address},
    state: {get: ({node}) => node.state},
    parts: {get: ({node}) => node.partitions},
    leaders: {get: ({node}) => node.leaders},
    docs: {get: ({node}) => node.docs},
  },
}

export function nodeCardText({node, silence, cordon, replicas, findings}: NodeCard, catalogue: Catalogue): string {
  const percent = (value: number | null) => (value === null ? '–' : `${Math.round(value)}%`)
  const lines: readonly (readonly [string, string | number])[] = [
    ['node', `${node.id} at ${node.address ?? '–'}`],
    ['state', silence === null ? node.state : `${node.state}: ${silence}`],
    ...(cordon === null ? [] : [['cordoned', `since ${cordon.since} ${cordon.reason}`.trimEnd()] as const]),
    ...(node.failedAt === null ? [] : [['failed', node.failedAt] as const]),
    ['lease', node.leaseTtl === null ? '–' : `${node.leaseTtl} s left`],
    ['version', node.version ?? '–'],
    ['place', [node.zone, node.rack, node.pool].filter((part) => part !== null).join(', ') || '–'],
    ['memory', percent(node.memoryPercent)],
    ['disk', percent(node.diskPercent)],
    ['docs', node.docs ?? '–'],
    ['partitions', `${node.partitions}, ${node.leaders} led`],
    ...replicas.map(
      ({partition, raft, docs, lag, verdict}) =>
        ['', `${partition} ${raft ?? '–'}, ${docs ?? '–'} docs, lag ${lag ?? '–'}, ${verdict}`] as const,
    ),
    ...findings.map(
      ({code, subject, message}) => [code, `${subjectText(subject)}: ${textOf(message, catalogue)}`] as const,
    ),
  ]
  return lines.map(([name, value]) => `${name.padEnd(12)}${value}\n`).join('')
}

export const cordonView: View<CordonRow> = {
  name: ({node}) => String(node),
  columns: {
    node: {get: ({node}) => node},
    cordoned: {get: ({cordoned}) => (cordoned ? 'yes' : 'no')},
    reason: {get: ({reason}) => reason},
  },
}

export const pingView: View<PingLine> = {
  name: ({node}) => String(node),
  columns: {
    id: {get: ({node}) => node},
    address: {get: ({host}) => host},
    rpc: {get: ({rpc}) => rpc.word, tone: ({rpc}) => (rpc.word === 'ok' ? 'good' : 'bad')},
    'raft-hb': {
      get: ({heartbeat}) => heartbeat.word,
      tone: ({heartbeat}) => (heartbeat.word === 'ok' ? 'good' : 'bad'),
    },
    'raft-repl': {
      get: ({replicate}) => replicate.word,
      tone: ({replicate}) => (replicate.word === 'ok' ? 'good' : 'bad'),
    },
    rtt: {get: rttText},
    answered: {get: ({answered, asked}) => `${answered}/${asked}`, wide: true},
    detail: {get: ({rpc, heartbeat, replicate}) => [rpc, heartbeat, replicate].flatMap(({detail}) => detail ?? [])[0]},
  },
}

function rttText({rtt, asked}: PingLine): string | null {
  if (rtt === null) return null
  return asked === 1 ? `${rtt.mean} ms` : `${rtt.least}/${rtt.mean}/${rtt.most} ms`
}

export const stoppedView: View<StoppedNode> = {
  name: ({pid}) => String(pid),
  columns: {
    node: {get: ({node}) => node},
    pid: {get: ({pid}) => pid},
    place: {get: ({place}) => place},
  },
}

export const preflightView: View<PreflightLine> = {
  name: ({check}) => check,
  columns: {
    check: {get: ({check}) => check},
    verdict: {
      get: ({verdict}) => verdict,
      tone: ({verdict}) => (verdict === 'ok' ? 'good' : verdict === 'note' ? null : 'bad'),
    },
    detail: {get: ({detail}) => detail},
  },
}

export const restartedView: View<RestartedNode> = {
  name: ({node}) => String(node),
  columns: {
    node: {get: ({node}) => node},
    conf: {get: ({conf}) => conf},
    ready: {get: ({ms}) => `in ${ms} ms`},
  },
}

export const nodeProcessView: View<ProcessRow> = {
  name: ({node}) => String(node),
  columns: {
    node: {get: ({node}) => node},
    level: {get: ({logLevel}) => logLevel},
    log: {get: ({logFile}) => logFile},
    pid: {get: ({pid}) => pid},
    roles: {get: ({roles}) => roles, wide: true},
  },
}

export const profileView: View<ProfileRow> = {
  name: ({file}) => file,
  columns: {
    node: {get: ({node}) => node},
    kind: {get: ({kind}) => kind},
    host: {get: ({host}) => host},
    file: {get: ({file}) => file},
    bytes: {get: ({bytes}) => bytes},
  },
}

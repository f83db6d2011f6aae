import type {Health, HealthWord, Share} from '../admin/health/health.js'
import type {StatusCard} from '../admin/health/status-card.js'
import {type Catalogue, textOf} from '../admin/messages/message.js'
import type {Tone, View} from './view.js'

export const healthTones: Readonly<Record<HealthWord, Tone>> = {
  OK: 'good',
  DEGRADED: 'uncertain',
  UNKNOWN: 'uncertain',
  CRITICAL: 'bad',
}

export const healthView: View<Health> = {
  name: ({word}) => word,
  columns: {
    health: {get: ({word}) => word, tone: ({word}) => healthTones[word]},
    writable: {get: ({writable}) => shareText(writable)},
    readable: {get: ({readable}) => shareText(readable)},
    nodes: {get: ({nodes}) => counted(nodes)},
    partitions: {get: ({partitions}) => counted(partitions)},
  },
}

/** The word alone on its line, then why. */
export function explainedHealth({word, writable, readable, reasons}: Health, catalogue: Catalogue): string {
  const why = reasons.map((reason) => `- ${textOf(reason, catalogue)}\n`).join('')
  return `${word}\nWRITABLE ${shareText(writable)}   READABLE ${shareText(readable)}\n${why}`
}

export const statusView: View<StatusCard> = {
  name: ({health}) => health.word,
  columns: {
    cluster: {get: ({cluster}) => cluster},
    health: {get: ({health}) => health.word, tone: ({health}) => healthTones[health.word]},
    servers: {get: ({servers}) => servers.alive},
    spaces: {get: ({spaces}) => spaces},
    partitions: {get: ({partitions}) => partitions},
    docs: {get: ({docs}) => docs},
  },
}

/** The card: one fact a line. */
export function statusText(card: StatusCard, catalogue: Catalogue): string {
  const {health, masters, store, servers} = card
  const lines: readonly (readonly [string, string | number])[] = [
    ['cluster', `${card.cluster} (${card.place}, revision ${card.revision})`],
    ['health', health.word],
    ...health.reasons.map((reason): [string, string] => ['', textOf(reason, catalogue)]),
    ['writable', shareText(health.writable)],
    ['readable', shareText(health.readable)],
    ['masters', `${masters.answering} of ${masters.asked} answer, ${masters.announced} announced`],
    ['metadata', store === null ? '–' : `${store.backend} ${store.version}, ${store.dbBytes} bytes`],
    ['ps', `${servers.alive} alive, ${servers.failed} failed`],
    ['routers', card.routers],
    ['dbs', card.dbs],
    ['spaces', card.spaces],
    ['partitions', `${card.partitions} (${counted(health.partitions) || 'none'})`],
    ['docs', card.docs ?? '–'],
    ['locks', card.locks],
    ['mutes', card.mutes],
    ...(card.unreadableRecords === 0 ? [] : [['unreadable', card.unreadableRecords] as const]),
  ]
  return lines.map(([name, value]) => `${name.padEnd(12)}${value}\n`).join('')
}

export function shareText({count, of, unknown}: Share): string {
  return unknown === 0 ? `${count}/${of}` : `${count}/${of} (${unknown} not known)`
}

/** `2 ok, 1 degraded`. */
function counted(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ')
}

/**
 * What a change of the metadata means to an operator. What is said of it is made of names, numbers and values, the same in every
 * language.
 */
import {isObject, stringifyJson} from '../../entity/json.js'
import type {Keys} from '../../meta/keys.js'
import {decodeRecord} from '../../meta/repository.js'
import {type FieldChange, fieldChanges, recordChanges} from '../meta/field-change.js'
import {kindOf} from '../meta/meta-kinds.js'
import type {KeyChange} from '../meta/watching.js'

/**
 * `leader`: who leads a partition, as the metadata has it. `role`: what a replica becomes in its raft group, as its server logs it. `replicas`: who belongs to it, and the steps of a change of that. `lease`: who is alive, and what
 * is held for as long as its holder is. `plan`: steps of the plans of this machine. `history`: what could not be told.
 */
export const eventKinds = ['leader', 'role', 'replicas', 'lease', 'plan', 'metadata', 'history'] as const
export type EventKind = (typeof eventKinds)[number]

export interface ClusterEvent {
  /** When it was seen; null for what happened before: a store keeps no times. */
  readonly at: string | null
  /** Null for what is not in the metadata. */
  readonly revision: number | null
  readonly kind: EventKind
  readonly subject: string
  readonly change: string
}

type Happening = Pick<ClusterEvent, 'kind' | 'change'>

/** None, if nothing changed but when it was written. */
export function happenings(keys: Keys, change: KeyChange): readonly (Happening & Pick<ClusterEvent, 'subject'>)[] {
  const subject = subjectOf(keys, change)
  return meaning(keys, change).map(({kind, change: what}) => ({kind, subject, change: what}))
}

function meaning(keys: Keys, change: KeyChange): readonly Happening[] {
  const {before, after} = change
  const [was, is] = [recordIn(before), recordIn(after)]
  switch (keys.parse(change.key).kind) {
    case 'partition':
      return partitionChange(was, is)
    case 'replicaChange':
      return replicaStep(was, is)
    case 'server':
      return leased(was && serverAt(was), is && serverAt(is), without(fieldChanges(was, is), addressFields))
    case 'router':
    case 'duty':
      return leased(before && textIn(before), after && textIn(after), [])
    case 'failServer':
      if (before !== null && after !== null) return []
      return [{kind: 'lease', change: after === null ? 'no longer failed' : 'failed'}]
    case 'lock':
      return [{kind: 'metadata', change: after === null ? 'released' : 'taken'}]
    default:
      return recorded(before, after, recordChanges(before, after))
  }
}

type Fields = Readonly<Record<string, unknown>>

const leaderFields = ['leader_name', 'term', 'update_time', 'status']

function partitionChange(was: Fields | null, is: Fields | null): readonly Happening[] {
  if (was === null || is === null) return recorded(was, is, [])
  const happened: Happening[] = []
  if (plain(was.leader_name) !== plain(is.leader_name)) {
    const inTerm = is.term === undefined ? '' : ` in term ${plain(is.term)}`
    happened.push({kind: 'leader', change: `${arrow(was.leader_name, is.leader_name)}${inTerm}`})
  }
  if (plain(was.replicas) !== plain(is.replicas)) {
    happened.push({kind: 'replicas', change: arrow(was.replicas, is.replicas)})
  }
  return [...happened, ...changed(without(fieldChanges(was, is), [...leaderFields, 'replicas']))]
}

/** What is being done, and what that waits for. */
function replicaStep(was: Fields | null, is: Fields | null): readonly Happening[] {
  if (is === null) return recorded(was, is, [])
  const parts = [
    is.add === undefined ? '' : `add ${plain(is.add)}`,
    is.remove === undefined ? '' : `remove ${plain(is.remove)}`,
    `(${plain(is.reason)}): ${plain(is.state)}, ${plain(is.step)}`,
    is.waits_for === undefined || is.waits_for === '' ? '' : `waits for ${plain(is.waits_for)}`,
    isObject(is.error) ? `because ${plain(is.error.msg)}` : '',
  ]
  return [{kind: 'replicas', change: parts.filter((part) => part !== '').join(' ')}]
}

/** It is there as long as its lease. */
function leased(was: string | null, is: string | null, others: readonly FieldChange[]): readonly Happening[] {
  if (was === is) return changed(others)
  const change = was === null ? `up: ${is}` : is === null ? `gone: ${was}` : arrow(was, is)
  return [{kind: 'lease', change}]
}

function recorded(was: unknown, is: unknown, fields: readonly FieldChange[]): readonly Happening[] {
  if (was !== null && is !== null) return changed(fields)
  return [{kind: 'metadata', change: is === null ? 'deleted' : 'created'}]
}

/** More are of no use on a line; `meta history` has all of them. */
const fieldsShownMax = 6
const valueCharactersMax = 60

function changed(fields: readonly FieldChange[]): readonly Happening[] {
  if (fields.length === 0) return []
  const shown = fields
    .slice(0, fieldsShownMax)
    .map(({field, before, after}) => `${field} ${arrow(before, after)}`.trim())
  const more = fields.length > fieldsShownMax ? [`and ${fields.length - fieldsShownMax} more`] : []
  return [{kind: 'metadata', change: [...shown, ...more].join('; ')}]
}

function without(changes: readonly FieldChange[], fields: readonly string[]): readonly FieldChange[] {
  return changes.filter(({field}) => !fields.some((name) => field === name || field.startsWith(`${name}.`)))
}

const addressFields = ['ip', 'rpc_port', 'version']

function serverAt({ip, rpc_port: port}: Fields): string {
  return `${plain(ip)}:${plain(port)}`
}

function arrow(before: unknown, after: unknown): string {
  return `${plain(before)} → ${plain(after)}`
}

function plain(value: unknown): string {
  if (value === undefined || value === null) return '–'
  if (Array.isArray(value) && value.every((element) => typeof element !== 'object')) return value.join(',')
  const text = typeof value === 'object' ? stringifyJson(value) : String(value)
  return text.length > valueCharactersMax ? `${text.slice(0, valueCharactersMax)}…` : text
}

function subjectOf(keys: Keys, {key, before, after}: KeyChange): string {
  const parsed = keys.parse(key)
  const named = recordIn(after) ?? recordIn(before)
  const name = typeof named?.name === 'string' && named.name !== '' ? named.name : null
  const short = key.slice(keys.all.length)
  switch (parsed.kind) {
    case 'server':
    case 'failServer':
    case 'cordon':
      return `node ${parsed.id}`
    case 'partition':
    case 'replicaChange':
      return `partition ${parsed.id}`
    case 'space':
    case 'db':
      return `${parsed.kind} ${name ?? parsed.id}`
    case 'member':
      return `master ${name ?? parsed.memberId}`
    case 'router':
      return `router ${parsed.ip}`
    case 'duty':
    case 'user':
    case 'role':
    case 'alias':
    case 'mute':
    case 'lock':
      return `${parsed.kind} ${parsed.name}`
    case 'sequence':
      return `sequence ${parsed.sequence}`
    default: {
      const kind = kindOf(parsed)
      return kind === 'unknown' ? `key ${short}` : `${kind} ${short}`
    }
  }
}

function recordIn(value: Uint8Array | null): Fields | null {
  if (value === null) return null
  try {
    const record = decodeRecord(value)
    return isObject(record) ? record : {}
  } catch {
    return {}
  }
}

function textIn(value: Uint8Array): string {
  return new TextDecoder().decode(value)
}

/**
 * What a bundle does not say. Always: what users have for passwords. Where it is strict, also names that people gave (dbs, spaces,
 * fields, indexes, aliases, users, roles, pools, racks, masters) and the addresses of machines: each becomes a word that stands for it
 * wherever it is, so that what belongs together is still seen to. The name of the cluster stays, for every key begins with it.
 *
 * Records come before what else is redacted: names are learnt from their fields. In other texts only a name that is known is replaced.
 */
import {isObject, parseJson, stringifyJson} from '../../entity/json.js'
import {builtInRoles} from '../../entity/role.js'
import type {Keys} from '../../meta/keys.js'
import type {KeyValue} from '../../meta/store.js'
import type {ClusterEvent} from '../events/cluster-event.js'

export interface Redaction {
  record(keys: Keys, kv: KeyValue): KeyValue
  /** Of anything that JSON can hold. */
  said<T>(value: T): T
  event(event: ClusterEvent): ClusterEvent
}

export const secretsHidden: Redaction = {record: withoutSecrets, said: (value) => value, event: (event) => event}

/** A user's record keeps everything else: whether it is sound is what is asked. */
function withoutSecrets(keys: Keys, kv: KeyValue): KeyValue {
  if (keys.parse(kv.key).kind !== 'user') return kv
  try {
    const record = parseJson(new TextDecoder().decode(kv.value))
    if (!isObject(record)) throw new Error('not an object')
    const hidden = Object.fromEntries(
      Object.entries(record).map(([name, value]) => [name, /password|secret/i.test(name) ? '***' : value]),
    )
    return {...kv, value: new TextEncoder().encode(stringifyJson(hidden))}
  } catch {
    // what cannot be understood may hold anything
    return {...kv, value: new TextEncoder().encode('***')}
  }
}

/** Fields whose value is a name, or a list of names. */
const nameFields = new Set([
  'name',
  'db_name',
  'space_name',
  'role_name',
  'field_name',
  'field',
  'resource_name',
  'ip',
  'host_ip',
  'host_rack',
  'host_zone',
  'address',
  'ps',
])
/** Fields whose own fields are called by names. */
const namedFields = new Set(['space_properties', 'index_build_state'])
/** Fields with words of ours, whatever people call what is theirs. Elsewhere than in records they may say an address with them. */
const ownFields = new Set(
  'type metric_type store_type format state step from State color level event backend kind version'.split(' '),
)
/** In a record a word, elsewhere a sentence. */
const reasonField = 'reason'
/** Vearch's own: they say nothing of whoever uses it. */
const ownNames = new Set(['', 'default', 'root', ...builtInRoles.keys()])
/** What may be a name as a whole, and the parts of it that may be. */
const token = /[\p{L}\p{N}_]+(?:[-.][\p{L}\p{N}_]+)*/gu
const piece = /[\p{L}\p{N}_]+/gu
const ipv4 = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g
const host = /(?<![\w.])[A-Za-z][\w-]*(?:\.[\w-]+)*(?=:\d{2,5}(?!\d))/g
const ipv6 = /(?<=\[)[\da-fA-F:]*:[\da-fA-F:]*(?=\])/g

/** What people wrote of a space, of a cordon, of a mute. */
function withoutRemarks(record: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(['desc', 'reason'].flatMap((field) => (field in record ? [[field, '***']] : [])))
}

/** Of `field before → after`, whose values may be what people wrote, or names that nobody knows any more. */
function withoutTexts(change: string): string {
  if (/^(?:created|deleted|taken|released|and \d+ more)$/.test(change)) return change
  const [, field, before = '', after = ''] = /^(\S+) (.*) → (.*)$/s.exec(change) ?? []
  const isPlain = (value: string) => /^(?:[\d,.–-]+|true|false)$/.test(value)
  if (field === undefined) return '***'
  return isPlain(before) && isPlain(after) ? change : `${field} *** → ***`
}

export class StrictRedaction implements Redaction {
  readonly #words = new Map<string, string>()
  readonly #given = new Set<string>()

  record(keys: Keys, kv: KeyValue): KeyValue {
    const {key, value, ...rest} = withoutSecrets(keys, kv)
    return {...rest, key: this.#keyOf(keys, key), value: new TextEncoder().encode(this.#valueAt(keys, key, value))}
  }

  said<T>(value: T): T {
    return this.#within(value, false) as T
  }

  event(event: ClusterEvent): ClusterEvent {
    const {kind, change} = event
    return this.said(kind === 'metadata' ? {...event, change: change.split('; ').map(withoutTexts).join('; ')} : event)
  }

  #keyOf(keys: Keys, key: string): string {
    const parsed = keys.parse(key)
    switch (parsed.kind) {
      case 'user':
      case 'role':
      case 'alias':
      case 'dbId':
        return `${key.slice(0, key.length - parsed.name.length)}${this.#wordFor(parsed.name)}`
      case 'router':
        return `${keys.routerPrefix}${this.#wordFor(parsed.ip)}`
      case 'lock':
      case 'mute':
      case 'unknown': {
        // the first part is ours, and a db may be called like it
        const own = key.indexOf('/', keys.all.length) + 1
        return own === 0 ? key : `${key.slice(0, own)}${this.#text(key.slice(own))}`
      }
      default:
        return key
    }
  }

  #valueAt(keys: Keys, key: string, bytes: Uint8Array): string {
    const text = new TextDecoder().decode(bytes)
    const {kind} = keys.parse(key)
    if (kind === 'dbName' || kind === 'router' || kind === 'duty') return this.#wordFor(text)
    try {
      const value = parseJson(text)
      if (isObject(value) && (kind === 'cordon' || kind === 'mute' || kind === 'space')) {
        return stringifyJson({...(this.#within(value, true) as object), ...withoutRemarks(value)})
      }
      if (kind === 'dbId' || kind === 'sequence' || isObject(value)) return stringifyJson(this.#within(value, true))
    } catch {
      // told below
    }
    return text === '' ? '' : '***'
  }

  /** `isRecord`: its names are given by people; what else says a name may say one that nobody gave. */
  #within(value: unknown, isRecord: boolean, field = ''): unknown {
    if (typeof value === 'string') {
      if (isRecord && (ownFields.has(field) || field === reasonField)) return value
      if (ownFields.has(field)) return this.#addresses(value)
      return isRecord && nameFields.has(field) ? this.#wordFor(value) : this.#text(value)
    }
    if (Array.isArray(value)) return value.map((element) => this.#within(element, isRecord, field))
    if (!isObject(value)) return value
    const isNamed = namedFields.has(field)
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        isNamed ? this.#wordFor(name) : name,
        this.#within(inner, isRecord, name),
      ]),
    )
  }

  #wordFor(name: string): string {
    if (ownNames.has(name)) return name
    const known = this.#words.get(name)
    if (known !== undefined) return known
    const word = `${/^[\d.]+$|:/.test(name) ? 'host' : 'name'}${this.#words.size + 1}`
    this.#words.set(name, word)
    this.#given.add(word)
    return word
  }

  /** Words that stand for others may look like the names of hosts. */
  #wordOf(address: string): string {
    return this.#given.has(address) ? address : this.#wordFor(address)
  }

  #text(text: string): string {
    return this.#addresses(text.replace(token, (found) => this.#words.get(found) ?? this.#pieces(found)))
  }

  #addresses(text: string): string {
    return [ipv4, ipv6, host].reduce((all, address) => all.replace(address, (found) => this.#wordOf(found)), text)
  }

  #pieces(whole: string): string {
    return whole.replace(piece, (found) => this.#words.get(found) ?? found)
  }
}

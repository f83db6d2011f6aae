/**
 * What the metadata holds: counts of all kinds, or the records of one.
 *
 * Reads page by page at one revision. A record that cannot be read is shown as such beside the rest; passwords are not
 * shown at all.
 */
import {Buffer} from 'node:buffer'
import {CodedError} from '../../errors/coded-error.js'
import type {Keys} from '../../meta/keys.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import {decodeRecord} from '../../meta/repository.js'
import type {KeyValue} from '../../meta/store.js'
import type {Listing} from '../listing.js'
import {isJsonKind, kindOf, type MetaKind, prefixOf} from './meta-kinds.js'

export interface KindSummary {
  readonly kind: string
  readonly count: number
  /** Of keys and values. */
  readonly bytes: number
  /** Records whose value is not what it should be. */
  readonly broken: number
  /** The revision of the last change. */
  readonly modRevision: number
}

/** Errors: NOT_FOUND if the cluster has no metadata there. */
export async function summarizeMeta(meta: MetaReading): Promise<Listing<KindSummary>> {
  const {keys} = meta
  const summaries = new Map<string, KindSummary>()
  for await (const kv of meta.scan(keys.all)) {
    const kind = kindOf(keys.parse(kv.key))
    const {count = 0, bytes = 0, broken = 0, modRevision = 0} = summaries.get(kind) ?? {}
    summaries.set(kind, {
      kind,
      count: count + 1,
      bytes: bytes + kv.key.length + kv.value.length,
      broken: broken + (isJsonKind(kind) && reasonBroken(kv) !== null ? 1 : 0),
      modRevision: Math.max(modRevision, kv.modRevision),
    })
  }
  if (summaries.size === 0) throw noMetadata(meta)
  return {rows: [...summaries.values()], source: sourceOf(meta), warnings: []}
}

export function noMetadata(meta: MetaReading): CodedError {
  return new CodedError('NOT_FOUND', `no metadata of cluster ${meta.keys.cluster} (${sourceOf(meta)})`, {
    hint: 'the name is global.name of the masters’ file; say it with --cluster or --conf',
  })
}

export interface MetaRecord {
  readonly key: string
  /** The end of the key: an id, or a name. */
  readonly id: string
  /** The decoded value; null where it cannot be decoded. */
  readonly value: unknown
  readonly createRevision: number
  readonly modRevision: number
  readonly version: number
  readonly lease: string | null
  readonly broken: string | null
  /** What stands there instead of what can be decoded: its text, or its bytes in base64. */
  readonly raw: string | null
}

export interface MetaChoice {
  /** The id or name of the one that is wanted; null: all of them. */
  readonly selector: string | null
  /** The values are the texts that are stored; of users they are the records all the same, without their passwords. */
  readonly isRaw?: boolean
}

/** The records of a kind. Errors: NOT_FOUND. */
export async function listMeta(
  meta: MetaReading,
  kind: MetaKind,
  {selector, isRaw = false}: MetaChoice,
): Promise<Listing<MetaRecord>> {
  const {keys} = meta
  const rows: MetaRecord[] = []
  for await (const kv of meta.scan(prefixOf(kind, keys))) {
    if (kindOf(keys.parse(kv.key)) !== kind) continue
    const record = metaRecord(kv, kind)
    if (selector !== null && record.id !== selector && nameIn(record.value) !== selector) continue
    rows.push(isRaw && kind !== 'users' ? {...record, value: decodedAs('text', kv), broken: null} : record)
  }
  const source = sourceOf(meta)
  if (selector !== null && rows.length === 0) {
    throw new CodedError('NOT_FOUND', `there is no ${selector} among the ${kind} (${source})`, {
      hint: `vearchctl meta show ${kind}`,
    })
  }
  const warnings = rows.flatMap(({key, broken}) => (broken === null ? [] : [`${key} cannot be read: ${broken}`]))
  return {rows, source, warnings}
}

/** One that does not begin with a slash is taken as the end of one of this cluster's. */
export function wholeKey(keys: Keys, asked: string): string {
  return asked.startsWith('/') ? asked : `${keys.all}${asked}`
}

/** How a value can be understood: by its key, or as its reader says. */
export const decodings = ['auto', 'json', 'u64le'] as const
export type Decoding = (typeof decodings)[number] | 'text' | 'hex'

/** The record at a key. Errors: NOT_FOUND; DATA_CORRUPT where its value cannot be understood like that. */
export async function getMeta(
  meta: MetaReading,
  asked: string,
  {as = 'auto'}: {readonly as?: Decoding} = {},
): Promise<Listing<MetaRecord>> {
  const key = wholeKey(meta.keys, asked)
  const kv = await meta.get(key)
  const source = sourceOf(meta)
  if (kv === null) {
    throw new CodedError('NOT_FOUND', `there is no key ${key} (${source})`, {hint: 'vearchctl meta tree'})
  }
  const kind = kindOf(meta.keys.parse(key))
  // whatever is asked, what may hold a password is shown by its fields
  if (as !== 'auto' && kind !== 'users') {
    return {rows: [{...metaRecord(kv, 'unknown'), value: decodedAs(as, kv)}], source, warnings: []}
  }
  const record = metaRecord(kv, kind)
  return {rows: [record], source, warnings: record.broken === null ? [] : [`${key} cannot be read: ${record.broken}`]}
}

function decodedAs(as: Exclude<Decoding, 'auto'>, {key, value}: KeyValue): unknown {
  const bytes = Buffer.from(value)
  const isNot = (what: string) =>
    new CodedError('DATA_CORRUPT', `the value of ${key} is not ${what}`, {hint: `vearchctl meta get ${key} --hex`})
  switch (as) {
    case 'text':
      return textOf(value) ?? base64Of(value)
    case 'hex':
      return bytes.toString('hex')
    case 'u64le':
      if (bytes.length !== 8) throw isNot(`a number of 8 bytes, it has ${bytes.length}`)
      return lossless(bytes.readBigUInt64LE())
    case 'json':
      try {
        return withoutPasswords(decodeRecord(value))
      } catch {
        throw isNot('JSON')
      }
  }
}

function lossless(value: bigint): number | bigint {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
}

export function metaRecord(kv: KeyValue, kind: string): MetaRecord {
  const {key, createRevision, modRevision, version, lease} = kv
  const broken = isJsonKind(kind) ? reasonBroken(kv) : null
  const text = textOf(kv.value)
  const value = broken !== null ? null : isJsonKind(kind) ? decodeRecord(kv.value) : (text ?? base64Of(kv.value))
  // what is half a record of a user may hold half a password
  const raw = broken === null || kind === 'users' ? null : (text ?? base64Of(kv.value))
  const id = key.slice(key.lastIndexOf('/') + 1)
  return {key, id, value: withoutPasswords(value), createRevision, modRevision, version, lease, broken, raw}
}

/** What may be shown of a value that is, or will be, at `key`. */
export function shownValue(keys: Keys, key: string, value: Uint8Array): unknown {
  const kv = {key, value, createRevision: 0, modRevision: 0, version: 0, lease: null}
  const record = metaRecord(kv, kindOf(keys.parse(key)))
  return record.broken === null ? record.value : (record.raw ?? '(hidden)')
}

function textOf(bytes: Uint8Array): string | null {
  const text = new TextDecoder().decode(bytes)
  return Buffer.from(text).equals(bytes) ? text : null
}

function base64Of(bytes: Uint8Array): string {
  return `base64:${Buffer.from(bytes).toString('base64')}`
}

function reasonBroken({value}: KeyValue): string | null {
  try {
    const record = decodeRecord<unknown>(value)
    return typeof record === 'object' && record !== null && !Array.isArray(record) ? null : 'not a JSON object'
  } catch (thrown) {
    return (thrown as Error).message
  }
}

function withoutPasswords(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const hidden = Object.entries(value).filter(([name]) => !/password/i.test(name))
  return Object.fromEntries(hidden)
}

function nameIn(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'name' in value ? value.name : undefined
}

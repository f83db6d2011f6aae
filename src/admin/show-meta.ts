/**
 * What the metadata holds: counts of all kinds, or the records of one.
 *
 * Reads page by page at one revision. A record that cannot be read is shown as such beside the rest; passwords are not
 * shown at all.
 */
import {CodedError} from '../errors/coded-error.js'
import {decodeRecord} from '../meta/repository.js'
import type {KeyValue} from '../meta/store.js'
import type {Listing} from './listing.js'
import {isJsonKind, kindOf, type MetaKind, prefixOf} from './meta-kinds.js'
import type {Session} from './session.js'

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

/** Throws NOT_FOUND if the cluster has no metadata there. */
export async function summarizeMeta(session: Session): Promise<Listing<KindSummary>> {
  const {store, keys} = await session.meta()
  const summaries = new Map<string, KindSummary>()
  let revision = 0
  for await (const page of store.pages(keys.all, {signal: session.signal})) {
    revision = page.revision
    for (const kv of page.kvs) {
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
  }
  const source = await session.source(revision)
  if (summaries.size > 0) return {rows: [...summaries.values()], source, problems: []}
  throw new CodedError('NOT_FOUND', `no metadata of cluster ${keys.cluster} (${source})`, {
    hint: 'the name is global.name of the masters’ file; say it with --cluster or --conf',
  })
}

export interface MetaRecord {
  readonly key: string
  /** The end of the key: an id, or a name. */
  readonly id: string
  /** The decoded value; null where it cannot be decoded. */
  readonly value: unknown
  readonly modRevision: number
  readonly lease: string | null
  readonly broken: string | null
}

/** The records of a kind, or the one with an id or name of `selector`. */
export async function listMeta(
  session: Session,
  kind: MetaKind,
  selector: string | null,
): Promise<Listing<MetaRecord>> {
  const {store, keys} = await session.meta()
  const rows: MetaRecord[] = []
  let revision = 0
  for await (const page of store.pages(prefixOf(kind, keys), {signal: session.signal})) {
    revision = page.revision
    for (const kv of page.kvs) {
      if (kindOf(keys.parse(kv.key)) !== kind) continue
      const record = metaRecord(kv, kind)
      if (selector === null || record.id === selector || nameIn(record.value) === selector) rows.push(record)
    }
  }
  const source = await session.source(revision)
  if (selector !== null && rows.length === 0) {
    throw new CodedError('NOT_FOUND', `there is no ${selector} among the ${kind} (${source})`, {
      hint: `vearchctl meta show ${kind}`,
    })
  }
  const problems = rows.flatMap(({key, broken}) => (broken === null ? [] : [`${key} cannot be read: ${broken}`]))
  return {rows, source, problems}
}

function metaRecord(kv: KeyValue, kind: MetaKind): MetaRecord {
  const {key, modRevision, lease} = kv
  const broken = isJsonKind(kind) ? reasonBroken(kv) : null
  const value = broken !== null ? null : isJsonKind(kind) ? decodeRecord(kv.value) : new TextDecoder().decode(kv.value)
  return {key, id: key.slice(key.lastIndexOf('/') + 1), value: withoutPasswords(value), modRevision, lease, broken}
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

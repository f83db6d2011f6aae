/**
 * A backup of metadata as text, a JSON line for each key: it can be read, compared and kept in version control.
 *
 * The first line says what it is, of which cluster, at which revision; the last one how many keys there were and the SHA-256 of
 * every line before it, so that a backup that was cut off or changed is never taken for a whole one.
 */
import {Buffer} from 'node:buffer'
import {createHash, type Hash} from 'node:crypto'
import {isObject, parseJson, stringifyJson} from '../../entity/json.js'
import {CodedError} from '../../errors/coded-error.js'
import type {MetaContent, MetaReading} from '../reading.js'
import {type KeyValue, leaseId} from '../store.js'
import {lastMoment, type Parts, type Sample} from './samples.js'

export const backupFormat = 'vearchctl/meta-backup/v1'

/**
 * The lines of a backup, each with its newline, of everything that the reading has under its cluster. `more` is kept in the first
 * line: who only wants the metadata passes it over.
 */
export async function* backupLines(
  meta: MetaReading,
  takenAt: string,
  more: Readonly<Record<string, unknown>> = {},
): AsyncGenerator<string> {
  const hash = createHash('sha256')
  const kvs = meta.scan(meta.keys.all)[Symbol.asyncIterator]()
  let next = await kvs.next()
  let count = 0
  // the first read tells the revision, which the first line says
  const {revision, place} = meta
  yield hashed(hash, {format: backupFormat, cluster: meta.keys.cluster, revision, place, takenAt, ...more})
  for (; next.done !== true; next = await kvs.next()) {
    yield hashed(hash, backupRecord(next.value))
    count += 1
  }
  yield `${stringifyJson({end: true, keys: count, sha256: hash.digest('hex')})}\n`
}

/**
 * As of its own revision, if null. One that was made of samples has earlier ones too: then it is as the last sample saw it that was not
 * later. Errors: DATA_CORRUPT; NOT_FOUND for a revision that is not in it.
 */
export function readMetaBackup(bytes: Uint8Array, revision: number | null = null): MetaContent {
  const text = new TextDecoder().decode(bytes)
  const lines = text.split('\n').filter((line) => line !== '')
  const [first = '', ...records] = lines
  const header = parsed(first)
  const end = parsed(records.pop() ?? '')
  const hash = createHash('sha256')
  for (const line of lines.slice(0, -1)) hash.update(`${line}\n`)
  if (header.format !== backupFormat) throw notWhole(`its format is ${String(header.format)}`)
  if (end.end !== true || end.keys !== records.length) throw notWhole('it is cut off')
  if (end.sha256 !== hash.digest('hex')) throw notWhole('its SHA-256 does not match')
  const kvs = new Map(records.map((line) => keyValueIn(parsed(line))).map((kv) => [kv.key, kv]))
  const content = {revision: Number(header.revision), kvs}
  if (revision === null || revision === content.revision) return content
  const sampled = lastMoment(samplesIn(header), (sample) => sample.revision !== null && sample.revision <= revision)
  if (sampled !== null && revision < content.revision) {
    return {revision: sampled.revision, kvs: keyValuesIn(sampled.parts)}
  }
  throw new CodedError(
    'NOT_FOUND',
    `revision ${revision} is not in this backup, which is of revision ${content.revision}`,
  )
}

function samplesIn({capture}: Readonly<Record<string, unknown>>): readonly Sample[] {
  return isObject(capture) && Array.isArray(capture.samples) ? capture.samples : []
}

/** In key order. */
export function keyValuesIn(parts: Parts): ReadonlyMap<string, KeyValue> {
  const kvs = [...parts].flatMap(([name, record]) =>
    name.startsWith('/') && isObject(record) ? keyValueIn(record) : [],
  )
  const ordered = kvs.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
  return new Map(ordered.map((kv) => [kv.key, kv]))
}

function hashed(hash: Hash, record: unknown): string {
  const line = `${stringifyJson(record)}\n`
  hash.update(line)
  return line
}

/** A key as its line has it. */
export function backupRecord({key, value, createRevision, modRevision, version, lease}: KeyValue) {
  const bytes = Buffer.from(value)
  const text = bytes.toString('utf8')
  const shown = Buffer.from(text).equals(bytes) ? {text} : {base64: bytes.toString('base64')}
  return {key, createRevision, modRevision, version, lease, ...shown}
}

function keyValueIn(record: Readonly<Record<string, unknown>>): KeyValue {
  const {key, createRevision, modRevision, version, lease, text, base64} = record
  if (typeof key !== 'string') throw notWhole('a record has no key')
  return {
    key,
    value: typeof text === 'string' ? Buffer.from(text) : Buffer.from(String(base64 ?? ''), 'base64'),
    createRevision: Number(createRevision),
    modRevision: Number(modRevision),
    version: Number(version),
    lease: typeof lease === 'string' ? leaseId(lease) : null,
  }
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    const record = parseJson(line)
    if (isObject(record)) return record
  } catch {
    // told below
  }
  throw notWhole('a line is no JSON object')
}

function notWhole(reason: string): CodedError {
  return new CodedError('DATA_CORRUPT', `the backup is not whole: ${reason}`)
}

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
    yield hashed(hash, recordOf(next.value))
    count += 1
  }
  yield `${stringifyJson({end: true, keys: count, sha256: hash.digest('hex')})}\n`
}

/** Errors: DATA_CORRUPT. */
export function readMetaBackup(bytes: Uint8Array): MetaContent {
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
  return {revision: Number(header.revision), kvs}
}

function hashed(hash: Hash, record: unknown): string {
  const line = `${stringifyJson(record)}\n`
  hash.update(line)
  return line
}

function recordOf({key, value, createRevision, modRevision, version, lease}: KeyValue) {
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

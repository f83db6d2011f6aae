/**
 * What an etcd database holds: `etcdctl snapshot save`, or a member's `snap/db`.
 *
 * The bucket `key` has a record for each change, by revision: a key, its new value, or a mark that it was deleted. Played up to
 * a revision they give the keys as they were then. History before the last compaction is partly gone, so no revision before
 * it can be read.
 */
import {Buffer} from 'node:buffer'
import {createHash} from 'node:crypto'
import {CodedError} from '../../errors/coded-error.js'
import {keyValueIn, MessageFault} from '../protobuf.js'
import type {MetaContent} from '../reading.js'
import type {KeyValue} from '../store.js'
import {BoltFile, damaged} from './bolt-file.js'

const revisionBytes = 17
const tombstoneBytes = 18
const hashBytes = 32
const sectorBytes = 512

/** As of `revision`, or of the last one. Errors: DATA_CORRUPT; META_COMPACTED; NOT_FOUND for a revision that is to come. */
export function readEtcdSnapshot(bytes: Uint8Array, revision: number | null): MetaContent {
  const bolt = new BoltFile(withoutHash(bytes))
  const compacted = compactedRevision(bolt)
  if (revision !== null && revision < compacted) {
    throw new CodedError('META_COMPACTED', `revision ${revision} is before ${compacted}, where its history begins`)
  }
  const live = new Map<string, KeyValue>()
  let last = Math.max(1, compacted)
  for (const {key, value} of bolt.items('key')) {
    if (key.length !== revisionBytes && key.length !== tombstoneBytes) throw damaged('a record has no revision')
    const at = Number(key.readBigUInt64BE(0))
    if (revision !== null && at > revision) return sorted(live, revision)
    last = Math.max(last, at)
    const kv = recordIn(value)
    if (key.length === tombstoneBytes) live.delete(kv.key)
    else live.set(kv.key, kv)
  }
  if (revision !== null && revision > last) {
    throw new CodedError('NOT_FOUND', `revision ${revision} is after ${last}, the last of the snapshot`)
  }
  return sorted(live, last)
}

function sorted(live: ReadonlyMap<string, KeyValue>, revision: number): MetaContent {
  const order = [...live].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  return {revision, kvs: new Map(order)}
}

/** `etcdctl snapshot save` puts a SHA-256 of the database behind it, which it is held to; a member's own file has none. */
function withoutHash(bytes: Uint8Array): Uint8Array {
  const rest = bytes.length % sectorBytes
  if (rest === 0) return bytes
  if (rest !== hashBytes) throw damaged('it is cut off')
  const database = bytes.subarray(0, -hashBytes)
  if (createHash('sha256').update(database).digest().equals(bytes.subarray(-hashBytes))) return database
  throw damaged('its SHA-256 does not match')
}

/** The bucket `meta` has them as a revision's bytes. One that has begun and not ended has removed some already. */
function compactedRevision(bolt: BoltFile): number {
  let compacted = 0
  for (const {key, value} of bolt.items('meta')) {
    const isCompaction = ['scheduledCompactRev', 'finishedCompactRev'].includes(key.toString())
    if (isCompaction && value.length >= 8) compacted = Math.max(compacted, Number(value.readBigUInt64BE(0)))
  }
  return compacted
}

function recordIn(value: Buffer): KeyValue {
  try {
    return keyValueIn(value)
  } catch (thrown) {
    if (thrown instanceof MessageFault) throw damaged(thrown.message)
    throw thrown
  }
}

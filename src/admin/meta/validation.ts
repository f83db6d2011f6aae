/**
 * Whether the metadata says what it must: every value what its key promises, without fields that nobody reads, every reference to
 * something that is there. Asks nothing but the metadata, so it judges a running cluster, an old revision and a file alike.
 */
import type {Keys} from '../../meta/keys.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import {decodeRecord} from '../../meta/repository.js'
import type {KeyValue} from '../../meta/store.js'
import {examine} from '../doctor/doctor.js'
import {type Severity, subjectText} from '../doctor/finding.js'
import type {Listing} from '../listing.js'
import {textOf} from '../messages/message.js'
import {silent} from '../picture/answer.js'
import {type Metadata, MetadataReader} from '../picture/metadata.js'
import {pictureOf, settingsDefault} from '../picture/picture.js'
import {isForeign, type Schema, unknownFields} from './known-fields.js'
import {noMetadata} from './show-meta.js'

export interface Fault {
  /** The doctor's code; null for what is no check of his. */
  readonly code: string | null
  readonly severity: Severity
  readonly subject: string
  readonly fault: string
  readonly next: string
}

/** The doctor's checks that need nothing but records. */
const codes = ['VC105', 'VC106', 'VC107', 'VC108', 'VC114', 'VC116', 'VC118', 'VC132', 'VC133', 'VC136']

/** Errors: NOT_FOUND where there is no metadata of the cluster. */
export async function validateMeta(meta: MetaReading, schema: Schema): Promise<Listing<Fault>> {
  const reader = new MetadataReader({keys: meta.keys, place: meta.place, revision: 0})
  const unread: Fault[] = []
  let count = 0
  for await (const kv of meta.scan(meta.keys.all)) {
    reader.add(kv)
    unread.push(...unreadIn(meta.keys, kv, schema))
    count += 1
  }
  if (count === 0) throw noMetadata(meta)
  reader.revision = meta.revision
  const {metadata} = reader
  const {findings} = examine(recordsAlone(metadata), {codes})
  const rows: Fault[] = [
    ...findings.map(({code, severity, subject, message, next}) => ({
      code,
      severity,
      subject: subjectText(subject),
      fault: textOf(message),
      next,
    })),
    ...metadata.strays.map(
      ({key}): Fault => ({
        code: null,
        severity: 'note',
        subject: `key ${key}`,
        fault: 'no release that is known writes such a key',
        next: `vearchctl meta get ${key}`,
      }),
    ),
    ...unread,
  ]
  const worst = rows.some(({severity}) => severity === 'critical')
    ? 'critical'
    : rows.some(({severity}) => severity === 'warning')
      ? 'degraded'
      : 'ok'
  return {rows, source: sourceOf(meta), warnings: [], exit: worst}
}

function unreadIn(keys: Keys, {key, value}: KeyValue, schema: Schema): Fault[] {
  const {kind} = keys.parse(key)
  const note = (fault: string): Fault => ({
    code: null,
    severity: 'note',
    subject: `key ${key}`,
    fault,
    next: `vearchctl meta get ${key}`,
  })
  if (isForeign(kind, schema)) return [note('a Vearch of that release has no such key')]
  return unknownFields(kind, jsonIn(value), schema).map(({path, nearest}) =>
    note(`nobody reads its field ${path}${nearest === null ? '' : `; did its author mean ${nearest}?`}`),
  )
}

/** What is no JSON is told by the doctor's checks. */
function jsonIn(value: Uint8Array): unknown {
  try {
    return decodeRecord(value)
  } catch {
    return null
  }
}

function recordsAlone(metadata: Metadata) {
  const nobody = silent('notAsked', 'only records are looked at', {from: 'store', question: 'records'})
  return pictureOf({
    takenAtMs: 0,
    metadata,
    store: nobody,
    leases: nobody,
    masters: [],
    nodes: new Map(),
    disks: [],
    config: nobody,
    lastBackup: nobody,
    settings: settingsDefault,
  })
}

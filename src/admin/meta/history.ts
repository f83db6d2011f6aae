/**
 * What became of one record, change by change, as far back as the store remembers: until the key was made, or until what came
 * before was compacted.
 *
 * A key says at which revision it was last changed, and one revision earlier it is as it was before that: so each change
 * costs one read, however long the history is.
 */
import {CodedError} from '../../errors/coded-error.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import type {KeyValue} from '../../meta/store.js'
import type {Listing} from '../listing.js'
import {type FieldChange, recordChanges} from './field-change.js'
import {kindOf, metaKinds, prefixOf} from './meta-kinds.js'
import {wholeKey} from './show-meta.js'

export interface HistoryRow extends FieldChange {
  readonly revision: number
  /** How often the key had been written by then. */
  readonly version: number
  readonly change: 'created' | 'changed'
}

export interface HistoryOptions {
  readonly key: string
  /** Changes to go back. */
  readonly limit: number
  readingAt(revision: number): Promise<MetaReading>
}

/** Newest first. Errors: NOT_FOUND where there is no such key as of the reading. */
export async function recordHistory(meta: MetaReading, options: HistoryOptions): Promise<Listing<HistoryRow>> {
  const {key, limit, readingAt} = options
  let current = await meta.get(key)
  if (current === null) {
    throw new CodedError('NOT_FOUND', `there is no key ${key} (${sourceOf(meta)})`, {
      hint: 'if it was deleted, look from a revision at which it was there, with --at',
    })
  }
  const rows: HistoryRow[] = []
  const warnings: string[] = []
  for (let changes = 0; changes < limit && current !== null; changes++) {
    const {modRevision: revision, version}: KeyValue = current
    const before: KeyValue | null = version === 1 ? null : await asOf(revision - 1, key, readingAt, warnings)
    if (version > 1 && before === null) break
    const change = version === 1 ? 'created' : 'changed'
    const fields = recordChanges(before?.value ?? null, current.value)
    const written = fields.length > 0 ? fields : [{field: '(written again)', before: null, after: null}]
    rows.push(...written.map((field) => ({revision, version, change, ...field}) as const))
    current = before
  }
  return {rows, source: sourceOf(meta), warnings, exit: 'ok'}
}

async function asOf(
  revision: number,
  key: string,
  readingAt: HistoryOptions['readingAt'],
  warnings: string[],
): Promise<KeyValue | null> {
  try {
    return await (await readingAt(revision)).get(key)
  } catch (thrown) {
    if (!(thrown instanceof CodedError) || thrown.errorName !== 'META_COMPACTED') throw thrown
    warnings.push(`what was before revision ${revision + 1} is compacted; a snapshot of then may have it`)
    return null
  }
}

/** The key of a record that is named by its kind and its id; or by its key. Errors: NOT_FOUND. */
export async function keyNamed(meta: MetaReading, word: string, id: string | null): Promise<string> {
  if (id === null) return wholeKey(meta.keys, word)
  const kind = metaKinds.find((name) => name === word)
  if (kind !== undefined) {
    for await (const {key} of meta.scan(prefixOf(kind, meta.keys), {keysOnly: true})) {
      if (kindOf(meta.keys.parse(key)) === kind && key.slice(key.lastIndexOf('/') + 1) === id) return key
    }
  }
  throw new CodedError('NOT_FOUND', `there is no ${id} among the ${word} (${sourceOf(meta)})`, {
    hint: kind === undefined ? `kinds: ${metaKinds.join(', ')}` : `vearchctl meta show ${kind}`,
  })
}

/** A record as a text that a person edits, and what comes of it. */
import {Buffer} from 'node:buffer'
import {join} from 'node:path'
import {stringify} from 'lossless-json'
import type {Disk} from '../../env/disk.js'
import {CodedError} from '../../errors/coded-error.js'
import type {Keys} from '../../meta/keys.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import {decodeRecord, encodeRecord} from '../../meta/repository.js'
import type {KeyValue} from '../../meta/store.js'
import {type Objection, proposal} from '../changes/proposal.js'
import type {Session} from '../session/session.js'
import {isJsonKind, kindOf} from './meta-kinds.js'
import {type PreparedChange, stepOf} from './record-change.js'
import {wholeKey} from './show-meta.js'
import {hasMarks, mergedText} from './three-way.js'
import {asWritten, requireOwnKey, valueFault} from './value-fault.js'

export interface EditableRecord {
  readonly keys: Keys
  readonly before: KeyValue
  /** Laid out for reading; of a broken record what is there. */
  readonly text: string
  /** Whether it was laid out, and is to be put together again. */
  readonly isJson: boolean
  readonly source: string
}

/** Errors: NOT_FOUND; USAGE for what is no text. */
export async function editable(meta: MetaReading, asked: string): Promise<EditableRecord> {
  const {keys} = meta
  const key = wholeKey(keys, asked)
  requireOwnKey(keys, key)
  const before = await meta.get(key)
  const source = sourceOf(meta)
  if (before === null)
    throw new CodedError('NOT_FOUND', `there is no key ${key} (${source})`, {hint: 'vearchctl meta put'})
  const laidOut = isJsonKind(kindOf(keys.parse(key))) ? layOut(before.value) : null
  if (laidOut !== null) return {keys, before, text: laidOut, isJson: true, source}
  const text = new TextDecoder().decode(before.value)
  if (!Buffer.from(text).equals(before.value)) {
    throw new CodedError('USAGE', `${key} holds bytes that are no text`, {hint: 'vearchctl meta put KEY @FILE'})
  }
  return {keys, before, text, isJson: false, source}
}

/** Where the text is while it is edited: no two edits share a file. */
export function draftPath({env, options}: Session, {before}: EditableRecord): string {
  const once = Buffer.from(env.random.bytes(4)).toString('hex')
  return join(options.stateDirectory, 'drafts', `${encodeURIComponent(before.key)}-${once}.json`)
}

/** What was edited and what is there `now`, as one text to be edited again. */
export function editedMeanwhile({text: base}: EditableRecord, mine: string, {text: theirs}: EditableRecord): string {
  return mergedText({base, mine, theirs})
}

/** Null where nothing was changed. Errors: USAGE for JSON that is none, and where two values still stand side by side. */
export function prepareEdit({keys, before, text, isJson}: EditableRecord, edited: string): PreparedChange | null {
  const {key} = before
  const kept = edited.replace(/\n$/, '')
  if (kept === text.replace(/\n$/, '')) return null
  if (hasMarks(kept)) {
    throw new CodedError('USAGE', `in what was written for ${key} two values still stand side by side`, {
      hint: 'leave one of them, and none of the lines <<<<<<<, ======= and >>>>>>>',
    })
  }
  const after = Buffer.from(isJson ? compact(key, kept) : kept)
  const fault = valueFault(keys, asWritten(key, after))
  const objections: Objection[] =
    fault === null ? [] : [{guard: 'schema', reason: `the value does not fit ${key}: ${fault}`}]
  const change = {key, before, after, ...(before.lease === null ? {} : {lease: before.lease})}
  return {plan: proposal('meta edit', [stepOf({keys}, change)], {objections}), changes: [change]}
}

/** What was written by hand is lost in no case: where `write` fails, the file at `path` stays and the error names it. */
export async function keepingText<T>(
  {disk, path}: {readonly disk: Pick<Disk, 'remove'>; readonly path: string},
  write: () => Promise<T>,
): Promise<T> {
  let result: T
  try {
    result = await write()
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown
    const {errorName, detail, outcome, retryable} = thrown
    throw new CodedError(errorName, detail, {outcome, retryable, cause: thrown, hint: `what you wrote is in ${path}`})
  }
  await disk.remove(path)
  return result
}

function layOut(value: Uint8Array): string | null {
  try {
    return `${stringify(decodeRecord(value), null, 2) ?? ''}\n`
  } catch {
    return null
  }
}

function compact(key: string, text: string): string {
  try {
    return encodeRecord(decodeRecord(Buffer.from(text)))
  } catch (thrown) {
    throw new CodedError('USAGE', `what was written for ${key} is no JSON: ${(thrown as Error).message}`, {
      cause: thrown,
    })
  }
}

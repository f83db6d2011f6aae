/**
 * What this machine's operators have changed: one JSON line before each change, with the values that it replaces, and one
 * after it, with what became of it. A change that cannot be written down here is not made.
 *
 * `$XDG_STATE_HOME/vearchctl/journal-<cluster>.jsonl`, readable by its owner only: values may hold passwords.
 */
import {Buffer} from 'node:buffer'
import {homedir} from 'node:os'
import {join} from 'node:path'
import {isObject, parseJson, stringifyJson} from '../../entity/json.js'
import type {Disk} from '../../env/disk.js'
import {appendPrivately} from '../../env/private-file.js'
import {CodedError, type Outcome} from '../../errors/coded-error.js'

export interface JournalChange {
  readonly key: string
  /** Null where there was, or will be, no such key. */
  readonly before: JournalValue | null
  readonly after: JournalValue | null
}

/** Bytes that are no text are kept in base64. */
export type JournalValue = {readonly modRevision?: number} & ({readonly text: string} | {readonly base64: string})

export type JournalEntry = {readonly txn: string; readonly at: string} & (
  | {
      readonly phase: 'begun'
      readonly action: string
      readonly cluster: string
      readonly place: string
      readonly context: string | null
      readonly changes: readonly JournalChange[]
      /** A request to a master, where it is the one that changes the metadata. */
      readonly request?: string
    }
  | {readonly phase: 'done'; readonly revision: number | null}
  | {readonly phase: 'failed'; readonly outcome: Outcome; readonly reason: string}
)

/** What is known of one change: it was begun, and this became of it. */
export interface JournalledChange {
  readonly begun: JournalEntry & {readonly phase: 'begun'}
  /** Null: nothing was written down any more, so it may have happened. */
  readonly end: (JournalEntry & {readonly phase: 'done' | 'failed'}) | null
}

export class Journal {
  constructor(readonly path: string) {}

  /** The oldest first. A line that was cut off, or is none of ours, is passed over. */
  async changes(disk: Pick<Disk, 'readFile'>): Promise<readonly JournalledChange[]> {
    const text = new TextDecoder().decode((await disk.readFile(this.path)) ?? new Uint8Array())
    const changes = new Map<string, JournalledChange>()
    for (const line of text.split('\n')) {
      const entry = entryIn(line)
      if (entry === null) continue
      if (entry.phase === 'begun') changes.set(entry.txn, {begun: entry, end: null})
      else {
        const change = changes.get(entry.txn)
        if (change !== undefined) changes.set(entry.txn, {...change, end: entry})
      }
    }
    return [...changes.values()]
  }

  /** Errors: GUARD_FAILED. */
  async write(entry: JournalEntry): Promise<void> {
    try {
      await appendPrivately(this.path, `${stringifyJson(entry)}\n`)
    } catch (cause) {
      throw new CodedError('GUARD_FAILED', `the journal ${this.path} cannot be written: ${(cause as Error).message}`, {
        cause,
        hint: 'no change is made that is not written down; set XDG_STATE_HOME to a directory that can be written',
      })
    }
  }
}

function entryIn(line: string): JournalEntry | null {
  try {
    const entry = parseJson(line)
    return isObject(entry) && typeof entry.txn === 'string' ? (entry as unknown as JournalEntry) : null
  } catch {
    return null
  }
}

/** Where state of this tool is kept. */
export function stateDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  return join(environment.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'vearchctl')
}

/** A cluster's name may hold what a file's must not. */
export function journalPath(directory: string, cluster: string): string {
  return join(directory, `journal-${encodeURIComponent(cluster)}.jsonl`)
}

export function journalValue(value: string | Uint8Array, modRevision?: number): JournalValue {
  const revision = modRevision === undefined ? {} : {modRevision}
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(value)
  const text = bytes.toString('utf8')
  return Buffer.from(text).equals(bytes) ? {...revision, text} : {...revision, base64: bytes.toString('base64')}
}

export function bytesOf(value: JournalValue): Uint8Array {
  return 'text' in value ? Buffer.from(value.text) : Buffer.from(value.base64, 'base64')
}

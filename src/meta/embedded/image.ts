/**
 * The LMDB environment: its databases, who may open it, and the two ways to look at it.
 *
 * - `view` is what the last acknowledged transaction left: readers never see a commit that is not on disk yet.
 * - `transact` runs a batch of work in one transaction, all or nothing, and resolves after the fsync.
 *
 * Databases: `current` (key → record), `history` (revision → change: watch history and undo log in one), `leases`
 * (id → TTL granted), `leaseKeys` (lease id and key), `facts` (revision, compacted revision, identity).
 *
 * LMDB would let several processes in; the directory's lock does not.
 */
import {join} from 'node:path'
import {type Database, open, type RootDatabase, type Transaction} from 'lmdb'
import {type DirectoryLock, lockDirectory} from '../../env/directory-lock.js'
import type {Disk} from '../../env/disk.js'
import {assert} from '../../errors/assert.js'
import {CodedError} from '../../errors/coded-error.js'
import {Draft} from './draft.js'
import {EtcdFault} from './faults.js'
import {checkLmdbFile} from './lmdb-file.js'
import {View} from './view.js'

export interface Databases {
  readonly current: Database<Buffer, Buffer>
  readonly history: Database<Buffer, Buffer>
  readonly leases: Database<Buffer, Buffer>
  readonly leaseKeys: Database<Buffer, Buffer>
  readonly facts: Database<Buffer, string>
}

const binary = {keyEncoding: 'binary', encoding: 'binary'} as const

interface Opened {
  readonly lock: DirectoryLock
  readonly env: RootDatabase<Buffer, string>
  readonly databases: Databases
  reading: Transaction
  view: View
}

export class Image {
  #opened: Opened | null = null

  constructor(
    readonly directory: string,
    readonly disk: Disk,
  ) {}

  /** Throws DATA_DIR_LOCKED, DATA_DIR_UNWRITABLE or DATA_CORRUPT. */
  async open(): Promise<void> {
    assert(this.#opened === null, 'an image is opened once')
    const lock = await lockDirectory(this.directory)
    try {
      await checkLmdbFile(this.disk, join(this.directory, 'data.mdb'))
      this.#opened = {lock, ...openEnvironment(this.directory)}
    } catch (thrown) {
      await lock.release()
      if (thrown instanceof CodedError) throw thrown
      const reason = thrown instanceof Error ? thrown.message : String(thrown)
      throw new CodedError('DATA_CORRUPT', `${this.directory}: ${reason}`, {cause: thrown})
    }
  }

  get view(): View {
    return this.#use().view
  }

  get bytes(): number {
    const {pageSize, lastPageNumber} = this.#use().env.getStats() as {pageSize: number; lastPageNumber: number}
    return pageSize * (lastPageNumber + 1)
  }

  /** An exception of `work` undoes all of it. */
  async transact<T>(work: (draft: Draft) => T): Promise<T> {
    const opened = this.#use()
    // Only a child transaction is undone when its callback throws.
    const result = await opened.env.childTransaction(() => work(new Draft(opened.databases))).catch(rethrowCause)
    opened.reading.done()
    opened.env.resetReadTxn()
    opened.reading = opened.env.useReadTransaction()
    opened.view = new View(opened.databases, opened.reading)
    return result
  }

  async close(): Promise<void> {
    const opened = this.#opened
    if (opened === null) return
    this.#opened = null
    opened.reading.done()
    await opened.env.close()
    await opened.lock.release()
  }

  #use(): Opened {
    if (this.#opened === null) throw new EtcdFault('stopped')
    return this.#opened
  }
}

/** Of a failed commit LMDB tells the reason by a second promise. */
async function rethrowCause(thrown: Error & {commitError?: Promise<never>}): Promise<never> {
  await thrown.commitError
  throw thrown
}

function openEnvironment(path: string): Omit<Opened, 'lock'> {
  const env = open<Buffer, string>({
    path,
    noSubdir: false,
    maxDbs: 5,
    encoding: 'binary',
    // A transaction's promise then means that it is on disk.
    overlappingSync: false,
    // We batch ourselves; LMDB's batches would leave a rejected promise to nobody when the disk fails.
    eventTurnBatching: false,
  })
  const databases = {
    current: env.openDB<Buffer, Buffer>({name: 'current', ...binary}),
    history: env.openDB<Buffer, Buffer>({name: 'history', ...binary}),
    leases: env.openDB<Buffer, Buffer>({name: 'leases', ...binary}),
    leaseKeys: env.openDB<Buffer, Buffer>({name: 'leaseKeys', ...binary}),
    facts: env.openDB<Buffer, string>({name: 'facts', encoding: 'binary'}),
  }
  const reading = env.useReadTransaction()
  return {env, databases, reading, view: new View(databases, reading)}
}

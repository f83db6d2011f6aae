/**
 * The LMDB environment: its databases, who may open it, and the two ways to look at it.
 *
 * - `view` is what the last acknowledged transaction left: readers never see a commit that is not on disk yet.
 * - `transact` runs a batch of work in one transaction, all or nothing, and resolves after the fsync.
 *
 * Databases: `current` (key → record), `history` (revision → change: watch history and undo log in one), `leases`
 * (id → TTL granted), `leaseKeys` (lease id and key), `facts` (revision, compacted revision, identity).
 *
 * LMDB lets several processes in; we do not. Every process that has a view holds a slot in LMDB's reader registry, which
 * the kernel frees when the process dies. A process takes its slot first and looks for others then, so of two that come
 * at once at most one stays.
 */
import {type Database, open, type RootDatabase, type Transaction} from 'lmdb'
import {assert} from '../../errors/assert.js'
import {CodedError} from '../../errors/coded-error.js'
import {Draft} from './draft.js'
import {EtcdFault} from './faults.js'
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
  readonly env: RootDatabase<Buffer, string>
  readonly databases: Databases
  reading: Transaction
  view: View
}

export class Image {
  #opened: Opened | null = null

  constructor(readonly directory: string) {}

  /** Throws DATA_DIR_LOCKED, DATA_DIR_UNWRITABLE or DATA_CORRUPT. */
  open(): void {
    assert(this.#opened === null, 'an image is opened once')
    const env = openEnvironment(this.directory)
    try {
      const databases = {
        current: env.openDB<Buffer, Buffer>({name: 'current', ...binary}),
        history: env.openDB<Buffer, Buffer>({name: 'history', ...binary}),
        leases: env.openDB<Buffer, Buffer>({name: 'leases', ...binary}),
        leaseKeys: env.openDB<Buffer, Buffer>({name: 'leaseKeys', ...binary}),
        facts: env.openDB<Buffer, string>({name: 'facts', encoding: 'binary'}),
      }
      const reading = env.useReadTransaction()
      refuseOthers(env, this.directory)
      this.#opened = {env, databases, reading, view: new View(databases, reading)}
    } catch (thrown) {
      void env.close()
      throw thrown
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
    const result = await opened.env.childTransaction(() => work(new Draft(opened.databases)))
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
  }

  #use(): Opened {
    if (this.#opened === null) throw new EtcdFault('stopped')
    return this.#opened
  }
}

/** `overlappingSync: false`: a transaction's promise then means that it is on disk. */
function openEnvironment(path: string): RootDatabase<Buffer, string> {
  try {
    return open({path, noSubdir: false, maxDbs: 5, overlappingSync: false, encoding: 'binary'})
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    const unwritable = /permission|read-only|no space|EACCES|EROFS|ENOTDIR|EEXIST/i.test(reason)
    throw new CodedError(unwritable ? 'DATA_DIR_UNWRITABLE' : 'DATA_CORRUPT', `${path}: ${reason}`, {cause: thrown})
  }
}

function refuseOthers(env: RootDatabase<Buffer, string>, directory: string): void {
  env.readerCheck()
  const pids = [...env.readerList().matchAll(/^\s*(\d+)\s+\S+\s+\S+\s*$/gm)].map(([, pid]) => Number(pid))
  assert(pids.includes(process.pid), 'our own reader is registered')
  const other = pids.find((pid) => pid !== process.pid)
  if (other === undefined) return
  throw new CodedError('DATA_DIR_LOCKED', `${directory} is in use by process ${other}`, {
    hint: `stop process ${other}, or give this node a data directory of its own`,
    facts: {pid: other},
  })
}

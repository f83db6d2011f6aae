/**
 * Group commit: what arrives while one transaction goes to disk is written together by the next.
 *
 * Requests run in the order of arrival, one after the other, each seeing what those before it did. A request that is
 * refused has changed nothing and spoils nothing. When the disk fails, or a request breaks off half-way, nothing of the
 * batch is kept and nothing more is accepted: whether the last batch is on disk is unknown, and only a restart can tell.
 */
import type {Draft} from './draft.js'
import {EtcdFault} from './faults.js'
import type {Image} from './image.js'
import type {Change} from './record.js'

const batchRequestsMax = 1_000
const waitingRequestsMax = 10_000

interface Job {
  /** Does the work and returns how to tell the caller, once it is on disk. */
  readonly run: (draft: Draft) => () => void
  readonly reject: (reason: unknown) => void
}

export class CommitQueue {
  #waiting: Job[] = []
  #running: Promise<void> | null = null
  #closed: EtcdFault | null = null

  constructor(
    readonly image: Image,
    /** Told of a batch's changes after it is on disk and before its callers are. */
    readonly onCommit: (changes: readonly Change[]) => void,
    readonly onFailure: (reason: unknown) => void,
  ) {}

  submit<T>(work: (draft: Draft) => T): Promise<T> {
    if (this.#closed !== null) return Promise.reject(this.#closed)
    if (this.#waiting.length >= waitingRequestsMax) return Promise.reject(new EtcdFault('tooManyRequests'))
    return new Promise((resolve, reject) => {
      const run = (draft: Draft) => {
        try {
          const result = work(draft)
          return () => resolve(result)
        } catch (refusal) {
          if (draft.hasChanges) throw refusal
          return () => reject(refusal)
        }
      }
      this.#waiting.push({run, reject})
      this.#running ??= this.#drain()
    })
  }

  /** Waits for what was accepted; refuses the rest. */
  async close(): Promise<void> {
    this.#closed ??= new EtcdFault('stopped')
    await this.#running
  }

  async #drain(): Promise<void> {
    // Requests of the same turn belong to the same transaction.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, batchRequestsMax))
    // In the same turn as the last look at the queue, or a request could fall between the two.
    this.#running = null
  }

  async #commit(batch: readonly Job[]): Promise<void> {
    const changes: Change[] = []
    const runAll = (draft: Draft) =>
      batch.map(({run}) => {
        const settle = run(draft)
        for (const change of draft.finish()) changes.push(change)
        return settle
      })
    try {
      const settles = await this.image.transact(runAll)
      this.onCommit(changes)
      for (const settle of settles) settle()
    } catch (thrown) {
      this.#closed = new EtcdFault('diskFailed')
      for (const {reject} of batch) reject(new EtcdFault('writeFailed'))
      for (const {reject} of this.#waiting) reject(this.#closed)
      this.#waiting = []
      this.onFailure(thrown)
    }
  }
}

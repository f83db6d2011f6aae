/**
 * A replica alone in its group: it leads, and commits what its own disk has.
 *
 * Proposals that arrive while a batch is being written go into the next batch together: one append, one call of the state
 * machine. One batch is applied while the next is written. A new term begins with each start, as if it had elected itself.
 */
import type {NodeId} from '../entity/ids.js'
import type {RaftStatus} from '../entity/report.js'
import type {Env} from '../env/env.js'
import {assert} from '../errors/assert.js'
import {CodedError, toCodedError} from '../errors/coded-error.js'
import type {GroupLog, LogEntry} from './log.js'
import type {Leadership, Replica, StateMachine} from './replica.js'

/** What one append and one `apply` take together. */
const batchCommandsMax = 256
const batchBytesMax = 8 * 1024 * 1024
/** Proposals that wait; one more is refused. */
export const waitingCommandsMax = 10_000
export const waitingBytesMax = 64 * 1024 * 1024

interface Proposal<Result> {
  readonly command: Uint8Array
  resolve(result: Result): void
  reject(error: CodedError): void
}

type Phase = 'new' | 'starting' | 'leading' | 'stopping' | 'stopped'

export class SingleReplica<Result> implements Replica<Result> {
  readonly #env: Pick<Env, 'log'>
  readonly #nodeId: NodeId
  readonly #log: GroupLog
  readonly #machine: StateMachine<Result>
  readonly #listeners = new Set<(leadership: Leadership) => void>()
  #phase: Phase = 'new'
  #leadership: Leadership = {term: 0, leader: null}
  #waiting: Proposal<Result>[] = []
  #waitingBytes = 0
  #applying = 0
  #working: Promise<void> | null = null
  #starting: Promise<void> | null = null

  constructor(env: Pick<Env, 'log'>, nodeId: NodeId, log: GroupLog, machine: StateMachine<Result>) {
    this.#env = env
    this.#nodeId = nodeId
    this.#log = log
    this.#machine = machine
  }

  get leadership(): Leadership {
    return this.#leadership
  }

  /** Errors: DATA_CORRUPT where log and state machine do not meet. */
  start(): Promise<void> {
    this.#starting ??= this.#start().catch((thrown) => {
      this.#phase = 'stopped'
      throw thrown
    })
    return this.#starting
  }

  async #start(): Promise<void> {
    this.#phase = 'starting'
    await this.#replay()
    const term = Math.max(this.#log.hardState.term, this.#log.lastTerm) + 1
    await this.#log.saveHardState({term, vote: this.#nodeId, commit: this.#log.lastIndex})
    if (this.#phase !== 'starting') return
    this.#phase = 'leading'
    this.#lead({term, leader: this.#nodeId})
  }

  propose(command: Uint8Array): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#phase === 'new' || this.#phase === 'starting') throw new CodedError('PARTITION_NO_LEADER', this.#name)
      if (this.#phase !== 'leading') throw this.#closed('rejected')
      const full = this.#waiting.length >= waitingCommandsMax || this.#waitingBytes + command.length > waitingBytesMax
      if (full && this.#waiting.length > 0) {
        const detail = `${this.#name}: ${this.#waiting.length} proposals wait`
        throw new CodedError('PARTITION_RESOURCE_EXHAUSTED', detail, {retryable: true})
      }
      this.#waiting.push({command, resolve, reject})
      this.#waitingBytes += command.length
      this.#working ??= this.#work()
    })
  }

  onLeadership(listener: (leadership: Leadership) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  status(): RaftStatus {
    const {lastIndex, group, hardState} = this.#log
    const leads = this.#phase === 'leading'
    const replica = {
      Match: lastIndex,
      Commit: lastIndex,
      Next: lastIndex + 1,
      State: 'ReplicaStateReplicate',
      Snapshoting: false,
      Paused: false,
      Active: leads,
      LastActive: 0,
      Inflight: 0,
    }
    return {
      ID: group,
      NodeID: this.#nodeId,
      Leader: this.#leadership.leader ?? 0,
      Term: this.#leadership.term,
      Index: lastIndex,
      Commit: lastIndex,
      Applied: this.#machine.appliedIndex,
      Vote: hardState.vote,
      PendQueue: this.#waiting.length,
      RecvQueue: 0,
      AppQueue: this.#applying,
      Stopped: this.#phase === 'stopping' || this.#phase === 'stopped',
      RestoringSnapshot: false,
      State: leads ? 'StateLeader' : 'StateFollower',
      Replicas: {[this.#nodeId]: replica},
    }
  }

  async stop(): Promise<void> {
    if (this.#phase !== 'stopped') this.#phase = 'stopping'
    await this.#starting?.catch(() => {})
    await this.#working
    this.#retire()
  }

  async #replay(): Promise<void> {
    const {firstIndex, lastIndex} = this.#log
    const next = this.#machine.appliedIndex + 1
    if (next < firstIndex || next > lastIndex + 1) {
      const detail = `${this.#name} holds entries ${firstIndex} to ${lastIndex}, its state is at ${next - 1}`
      throw new CodedError('DATA_CORRUPT', detail)
    }
    let batch: LogEntry[] = []
    let bytes = 0
    for await (const entry of this.#log.read(next)) {
      if (this.#phase !== 'starting') return
      batch.push(entry)
      bytes += entry.payload.length
      if (batch.length < batchCommandsMax && bytes < batchBytesMax) continue
      await this.#machine.apply(batch)
      batch = []
      bytes = 0
    }
    if (batch.length > 0) await this.#machine.apply(batch)
  }

  /** Writes one batch while the one before is applied. */
  async #work(): Promise<void> {
    let applied = Promise.resolve()
    for (;;) {
      if (this.#waiting.length === 0) await applied
      if (this.#waiting.length === 0) break
      // Proposals of the same turn of the event loop travel together.
      await Promise.resolve()
      const batch = this.#nextBatch()
      const entries = await this.#append(batch)
      await applied
      if (entries !== null) applied = this.#apply(batch, entries)
    }
    this.#working = null
  }

  /** The entries, now on disk; null if they are not, and the batch has been told. */
  async #append(batch: readonly Proposal<Result>[]): Promise<readonly LogEntry[] | null> {
    const {term} = this.#leadership
    const first = this.#log.lastIndex + 1
    const entries = batch.map(({command}, at): LogEntry => ({index: first + at, term, payload: command}))
    try {
      await this.#log.append(entries)
      return entries
    } catch (thrown) {
      const error = toCodedError(thrown)
      for (const proposal of batch) proposal.reject(error)
      if (error.outcome === 'unknown') this.#break('replica.log.failed', error)
      return null
    }
  }

  async #apply(batch: readonly Proposal<Result>[], entries: readonly LogEntry[]): Promise<void> {
    if (this.#phase === 'stopped') {
      for (const proposal of batch) proposal.reject(this.#closed('unknown'))
      return
    }
    this.#applying = batch.length
    try {
      const results = await this.#machine.apply(entries)
      this.#applying = 0
      assert(results.length === batch.length, 'a state machine gives one result for each entry')
      for (const [at, result] of results.entries()) batch[at]?.resolve(result)
    } catch (thrown) {
      for (const proposal of batch) proposal.reject(this.#closed('unknown', thrown))
      this.#break('replica.apply.failed', thrown)
    }
  }

  #nextBatch(): Proposal<Result>[] {
    let bytes = 0
    let count = 0
    for (const {command} of this.#waiting) {
      if (count === batchCommandsMax || (count > 0 && bytes + command.length > batchBytesMax)) break
      bytes += command.length
      count += 1
    }
    this.#waitingBytes -= bytes
    return this.#waiting.splice(0, count)
  }

  /** Log and state can no longer be brought together here: only a restart, from a checkpoint, can. */
  #break(event: string, thrown: unknown): void {
    this.#env.log.error(event, {partitionId: this.#log.group, error: thrown})
    for (const proposal of this.#waiting.splice(0)) proposal.reject(this.#closed('rejected', thrown))
    this.#waitingBytes = 0
    this.#retire()
  }

  #retire(): void {
    this.#phase = 'stopped'
    if (this.#leadership.leader !== null) this.#lead({...this.#leadership, leader: null})
  }

  #lead(leadership: Leadership): void {
    this.#leadership = leadership
    for (const listener of this.#listeners) listener(leadership)
  }

  get #name(): string {
    return `partition ${this.#log.group}`
  }

  #closed(outcome: 'rejected' | 'unknown', cause?: unknown): CodedError {
    return new CodedError('PARTITION_IS_CLOSED', this.#name, {outcome, cause})
  }
}

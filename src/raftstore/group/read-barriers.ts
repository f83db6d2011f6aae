/**
 * Reads that must see everything that was acknowledged before them: each waits for an index from the leader, and for the state
 * machine to have applied it.
 *
 * All reads of one turn of the event loop ask together. A question or its answer may be lost, so it is asked again, under
 * another number: a late answer to an earlier question would still be right for the reads of that question only.
 */
import type {Random} from '../../env/random.js'
import {CodedError} from '../../errors/coded-error.js'
import type {ReadDecision} from '../../raft/read-only.js'

interface Barrier {
  readonly resolve: () => void
  readonly reject: (error: CodedError) => void
  attempts: number
}

interface Question {
  readonly barriers: Barrier[]
  /** Null until it is answered. */
  index: number | null
  ticks: number
}

/** A question is asked so often; without an answer there is no leader that a quorum follows. */
const attemptsMax = 3
const numbersOfBase = 2 ** 20
const bases = 2 ** 32

export class ReadBarriers {
  #waiting: Barrier[] = []
  readonly #asked = new Map<number, Question>()
  #base: number
  #count = 0

  constructor(
    private readonly random: Random,
    private readonly partition: string,
    /** Ticks without an answer after which a question is asked again. */
    private readonly patienceTicks: number,
  ) {
    this.#base = random.below(bases)
  }

  wait(): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({resolve, reject, attempts: 0}))
  }

  /** Asks for all that came since. */
  ask(read: (context: number) => ReadDecision): void {
    if (this.#waiting.length === 0) return
    const barriers = this.#waiting
    this.#waiting = []
    const context = this.#nextContext()
    const decision = read(context)
    if (decision.isAccepted) {
      for (const barrier of barriers) barrier.attempts += 1
      this.#asked.set(context, {barriers, index: null, ticks: 0})
      return
    }
    const isLeaderless = decision.reason === 'there is no leader'
    const name = isLeaderless ? 'PARTITION_NO_LEADER' : 'PARTITION_RESOURCE_EXHAUSTED'
    this.#fail(barriers, new CodedError(name, `${this.partition}: ${decision.reason}`, {retryable: true}))
  }

  answered(context: number, index: number, applied: number): void {
    const question = this.#asked.get(context)
    if (question === undefined) return
    question.index = index
    this.applied(applied)
  }

  applied(applied: number): void {
    for (const [context, {index, barriers}] of this.#asked) {
      if (index === null || index > applied) continue
      this.#asked.delete(context)
      for (const {resolve} of barriers) resolve()
    }
  }

  /** True if something is to be asked again. */
  tick(): boolean {
    for (const [context, question] of this.#asked) {
      if (question.index !== null || ++question.ticks < this.patienceTicks) continue
      this.#asked.delete(context)
      const [late, others] = partition(question.barriers, ({attempts}) => attempts >= attemptsMax)
      this.#fail(late, new CodedError('PARTITION_NO_LEADER', `${this.partition}: no quorum`, {retryable: true}))
      this.#waiting.push(...others)
    }
    return this.#waiting.length > 0
  }

  close(error: CodedError): void {
    this.#fail(this.#waiting.splice(0), error)
    for (const {barriers} of this.#asked.values()) this.#fail(barriers, error)
    this.#asked.clear()
  }

  #fail(barriers: readonly Barrier[], error: CodedError): void {
    for (const {reject} of barriers) reject(error)
  }

  /** Never the same again, not even after a restart. */
  #nextContext(): number {
    if (this.#count === numbersOfBase) {
      this.#base = this.random.below(bases)
      this.#count = 0
    }
    return this.#base * numbersOfBase + this.#count++
  }
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}

/**
 * Writes a history down while it happens.
 *
 * One recorder sees all events of its process one after the other, so it gives no two of them the same moment: where the
 * clock stands still (virtual time does, for every event of an instant), it counts on. Moments are whole microseconds.
 */
import type {Clock} from '../../src/env/clock.js'
import type {DocumentKey, History, Operation, Outcome, Position} from './history.js'

export type WriteInvocation =
  | {readonly client: string; readonly key: DocumentKey; readonly kind: 'upsert'; readonly value: string}
  | {readonly client: string; readonly key: DocumentKey; readonly kind: 'delete'}

export interface ReadInvocation {
  readonly client: string
  readonly key: DocumentKey
  readonly kind: 'get'
}

/** A call under way; ends once, or never, which counts as unknown. */
interface Call {
  /** It did not happen and never will. */
  rejected(): void
  /** It may have happened, or may yet. */
  unknown(): void
}

export interface WriteCall extends Call {
  ok(position?: Position): void
}

export interface ReadCall extends Call {
  /** `value` is null if the document is not there. */
  ok(value: string | null, position?: Position): void
}

interface Draft extends Omit<Operation, 'outcome' | 'value' | 'returnedAt' | 'position'> {
  outcome: Outcome
  value: string | null
  returnedAt: number | null
  position: Position | null
}

export class HistoryRecorder {
  readonly #drafts: Draft[] = []
  #lastMoment = -1

  constructor(private readonly clock: Pick<Clock, 'nowMs'>) {}

  invoke(invocation: WriteInvocation): WriteCall
  invoke(invocation: ReadInvocation): ReadCall
  invoke(invocation: WriteInvocation | ReadInvocation): WriteCall | ReadCall {
    const {client, key, kind} = invocation
    const value = kind === 'upsert' ? invocation.value : null
    const draft: Draft = {
      ...{client, key, kind, value, invokedAt: this.moment(), returnedAt: null},
      ...{outcome: 'unknown', position: null},
    }
    this.#drafts.push(draft)
    const end = (outcome: Outcome, answer: {value?: string | null; position?: Position | undefined} = {}) => {
      if (draft.returnedAt !== null) throw new Error(`a call of client ${client} ended twice`)
      draft.returnedAt = this.moment()
      draft.outcome = outcome
      draft.position = answer.position ?? null
      if (answer.value !== undefined) draft.value = answer.value
    }
    const failures = {rejected: () => end('rejected'), unknown: () => end('unknown')}
    if (kind !== 'get') return {ok: (position?: Position) => end('ok', {position}), ...failures}
    return {ok: (found: string | null, position?: Position) => end('ok', {value: found, position}), ...failures}
  }

  /** All calls so far in the order they began; those under way as unknown. */
  history(): History {
    return this.#drafts.map((draft) => ({...draft}))
  }

  /** A moment of its own, for what happens beside the calls on documents and is to be compared with them. */
  moment(): number {
    this.#lastMoment = Math.max(Math.round(this.clock.nowMs() * 1_000), this.#lastMoment + 1)
    return this.#lastMoment
  }
}

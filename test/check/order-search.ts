/**
 * Looks for an order of one document's operations that a register with delete could have gone through.
 *
 * The search is Wing and Gong's (Testing and Verifying Concurrent Objects, 1993): place, one after the other, any operation
 * that began before the first one still unplaced returned; step back when none fits. Lowe's memory (Testing for
 * linearizability, 2017) keeps it from exploring the same set of placed operations with the same state twice.
 *
 * Unique values make it small. Each of these leaves the answer as it is:
 * - An upsert whose value was read has happened by the time the first reader returned, whatever its own outcome says.
 * - An unknown upsert whose value nobody read is left out: before the next write nobody could tell that it happened.
 * - An unknown delete has effect only just before a get that finds nothing: anywhere else nobody could tell. They are
 *   alike, so the search counts how many it has used of those begun before the first unplaced operation returned.
 * - A value that somebody has yet to read is not overwritten: it never comes back.
 * - A get that finds what the document holds is placed at once: it is in nobody's way.
 * - So is an upsert that nobody saw, once nobody is left to find what it replaces: one spent value for another.
 * - Deletes are alike, and so are upserts that nobody saw: of those that could come next, the one that must come first does.
 */
import {type Operation, sentence} from './history.js'
import {PendingEvents, type Window} from './pending-events.js'

export interface Blocked {
  readonly operation: Operation
  readonly reason: string
}

export type SearchResult =
  | {readonly verdict: 'linearizable'; readonly order: readonly Operation[]; readonly states: number}
  /** No order exists. `order` is the longest that was found, `blocked` is what would have to come next and cannot. */
  | {
      readonly verdict: 'violation'
      readonly order: readonly Operation[]
      readonly blocked: readonly Blocked[]
      readonly states: number
    }
  | {readonly verdict: 'undecided'; readonly states: number}

/** The operations must be of one document, without gets that no order explains (see `sources`). */
export function searchOrder(operations: readonly Operation[], statesMax: number): SearchResult {
  return new OrderSearch(operations, statesMax).run()
}

const nothing = -1

/** An operation that has surely taken effect, and the span within which it did. */
interface Step extends Window {
  readonly operation: Operation
}

interface Placed {
  readonly step: number
  /** What the document held, and how many unknown deletes were used, before this step. */
  readonly heldBefore: number
  readonly takenBefore: number
  /** Whether no other choice could have done better. */
  readonly forced: boolean
}

interface Move {
  readonly held: number
  readonly taken: number
  readonly forced: boolean
}

class OrderSearch {
  /** In the order they began. */
  readonly #steps: readonly Step[]
  readonly #unknownDeletes: readonly Operation[]
  /** By step: the upsert whose value a get found, or nothing. */
  readonly #found: Int32Array
  /** By step: gets of this upsert's value that are not placed yet. */
  readonly #readersLeft: Int32Array

  readonly #pending: PendingEvents
  readonly #placed: Placed[] = []
  readonly #isPlaced: Int32Array
  #held = nothing
  #taken = 0
  #deepest: readonly Placed[] = []
  readonly #seen = new Set<string>()

  constructor(
    operations: readonly Operation[],
    private readonly statesMax: number,
  ) {
    this.#steps = stepsOf(operations)
    this.#unknownDeletes = operations
      .filter(({kind, outcome}) => kind === 'delete' && outcome === 'unknown')
      .sort((a, b) => a.invokedAt - b.invokedAt)
    const count = this.#steps.length
    this.#found = new Int32Array(count).fill(nothing)
    this.#readersLeft = new Int32Array(count)
    this.#pending = new PendingEvents(this.#steps)
    this.#isPlaced = new Int32Array((count + 31) >>> 5)
    this.#linkReaders()
  }

  run(): SearchResult {
    let event = this.#pending.first()
    while (this.#pending.first() !== 0) {
      if (!this.#pending.isCall(event)) {
        if (this.#placed.length > this.#deepest.length) this.#deepest = [...this.#placed]
        if (this.#placed.length === 0) return {verdict: 'violation', ...this.#explain(), states: this.#seen.size}
        event = this.#takeBack()
        continue
      }
      const step = this.#pending.stepAt(event)
      const move = this.#move(step)
      if (move === null) {
        event = this.#pending.after(event)
        continue
      }
      this.#place(step, move)
      event = this.#isNew() ? this.#pending.first() : this.#takeBack()
      if (this.#seen.size > this.statesMax) return {verdict: 'undecided', states: this.#seen.size}
    }
    return {verdict: 'linearizable', order: this.#order(this.#placed), states: this.#seen.size}
  }

  /** What placing the step now would do; null if it does not fit. */
  #move(step: number): Move | null {
    const {kind} = this.#operation(step)
    const found = at(this.#found, step)
    if (kind === 'get' && found === this.#held) return {held: this.#held, taken: this.#taken, forced: true}
    if (this.#held !== nothing && at(this.#readersLeft, this.#held) > 0) return null
    if (kind !== 'get' && !this.#isFirstOfItsLike(step)) return null
    if (kind === 'upsert') {
      const isUnseen = at(this.#readersLeft, step) === 0
      return {held: step, taken: this.#taken, forced: isUnseen && this.#held !== nothing}
    }
    if (kind === 'delete') return {held: nothing, taken: this.#taken, forced: false}
    if (found !== nothing || !this.#hasUnknownDelete()) return null
    return {held: nothing, taken: this.#taken + 1, forced: false}
  }

  /** Whether an unknown delete is left that began before anything unplaced returned. */
  #hasUnknownDelete(): boolean {
    const earliest = this.#unknownDeletes[this.#taken]
    return earliest !== undefined && earliest.invokedAt <= this.#pending.momentOf(this.#pending.firstReturn())
  }

  /** False if a delete like this one, or an upsert that nobody saw like this one, returns earlier and could come next. */
  #isFirstOfItsLike(step: number): boolean {
    const isDelete = this.#operation(step).kind === 'delete'
    if (!isDelete && at(this.#readersLeft, step) > 0) return true
    for (let event = this.#pending.first(); this.#pending.isCall(event); event = this.#pending.after(event)) {
      const other = this.#pending.stepAt(event)
      const {kind} = this.#operation(other)
      const isLike = isDelete ? kind === 'delete' : kind === 'upsert' && at(this.#readersLeft, other) === 0
      if (isLike && this.#pending.returnOf(other) < this.#pending.returnOf(step)) return false
    }
    return true
  }

  #place(step: number, {held, taken, forced}: Move): void {
    this.#placed.push({step, heldBefore: this.#held, takenBefore: this.#taken, forced})
    this.#held = held
    this.#taken = taken
    this.#pending.lift(step)
    this.#mark(step, -1)
  }

  /** Undoes the last step; returns the event from which to look for another choice. */
  #takeBack(): number {
    const last = this.#placed.pop()
    if (last === undefined) throw new Error('nothing is placed')
    const {step, heldBefore, takenBefore, forced} = last
    this.#held = heldBefore
    this.#taken = takenBefore
    this.#pending.putBack(step)
    this.#mark(step, +1)
    return forced ? 0 : this.#pending.after(this.#pending.callOf(step))
  }

  #mark(step: number, readers: 1 | -1): void {
    this.#isPlaced[step >>> 5] = at(this.#isPlaced, step >>> 5) ^ (1 << (step & 31))
    const found = at(this.#found, step)
    if (found !== nothing) this.#readersLeft[found] = at(this.#readersLeft, found) + readers
  }

  /** Whether nobody was here before: the same steps placed, an equal document, the same unknown deletes left. */
  #isNew(): boolean {
    const firstCall = this.#pending.first()
    if (firstCall === 0) return true
    // All steps before the first unplaced one are placed, none that begins after the first return is.
    const first = this.#pending.stepAt(firstCall)
    const end = this.#pending.callsBefore(this.#pending.firstReturn())
    // Which value is held follows from the steps: the one with gets left to place. If there is none, it does not matter.
    let place = `${this.#held === nothing},${this.#taken},${first}`
    for (let word = first >>> 5; word <= (end - 1) >>> 5; word++) place += `,${at(this.#isPlaced, word)}`
    const before = this.#seen.size
    return this.#seen.add(place).size > before
  }

  #explain(): {readonly order: readonly Operation[]; readonly blocked: readonly Blocked[]} {
    for (const {step} of this.#deepest) {
      const move = this.#move(step)
      if (move === null) throw new Error('the longest order does not replay')
      this.#place(step, move)
    }
    const held = this.#held === nothing ? 'nothing' : this.#operation(this.#held).value
    const reader = this.#readerLeft()
    const blocked: Blocked[] = []
    for (let event = this.#pending.first(); this.#pending.isCall(event); event = this.#pending.after(event)) {
      const operation = this.#operation(this.#pending.stepAt(event))
      const cannotReplace = reader !== null && operation.kind !== 'get'
      const reason = cannotReplace
        ? `it would replace ${held} before: ${sentence(reader)}`
        : `the document holds ${held}`
      blocked.push({operation, reason})
    }
    return {order: this.#order(this.#placed), blocked}
  }

  /** A get, not placed yet, that found what the document holds. */
  #readerLeft(): Operation | null {
    for (let event = this.#pending.first(); event !== 0; event = this.#pending.after(event)) {
      const step = this.#pending.stepAt(event)
      if (this.#held !== nothing && this.#found[step] === this.#held) return this.#operation(step)
    }
    return null
  }

  #order(placed: readonly Placed[]): Operation[] {
    return placed.flatMap(({step, takenBefore}, position) => {
      const takenAfter = placed[position + 1]?.takenBefore ?? this.#taken
      return [...this.#unknownDeletes.slice(takenBefore, takenAfter), this.#operation(step)]
    })
  }

  #linkReaders(): void {
    const writers = new Map<string, number>()
    for (const [step, {operation}] of this.#steps.entries()) {
      if (operation.kind === 'upsert' && operation.value !== null) writers.set(operation.value, step)
    }
    for (const [step, {operation}] of this.#steps.entries()) {
      if (operation.kind !== 'get' || operation.value === null) continue
      const writer = writers.get(operation.value)
      if (writer === undefined) throw new Error(`nobody wrote ${operation.value}`)
      this.#found[step] = writer
      this.#readersLeft[writer] = at(this.#readersLeft, writer) + 1
    }
  }

  #operation(step: number): Operation {
    const found = this.#steps[step]
    if (found === undefined) throw new Error(`no step ${step}`)
    return found.operation
  }
}

function stepsOf(operations: readonly Operation[]): Step[] {
  const firstRead = new Map<string, number>()
  for (const {kind, value, returnedAt} of operations) {
    if (kind !== 'get' || value === null || returnedAt === null) continue
    firstRead.set(value, Math.min(returnedAt, firstRead.get(value) ?? returnedAt))
  }
  const steps: Step[] = []
  for (const operation of operations) {
    const {kind, value, invokedAt, returnedAt, outcome} = operation
    const end = outcome === 'ok' && returnedAt !== null ? returnedAt : Number.POSITIVE_INFINITY
    const seen = kind === 'upsert' && value !== null ? firstRead.get(value) : undefined
    const until = Math.min(end, seen ?? end)
    if (outcome !== 'rejected' && until !== Number.POSITIVE_INFINITY) steps.push({operation, from: invokedAt, until})
  }
  return steps.sort((a, b) => a.from - b.from)
}

function at(numbers: Int32Array, position: number): number {
  const value = numbers[position]
  if (value === undefined) throw new Error(`no number at ${position}`)
  return value
}

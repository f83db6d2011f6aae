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
 * - So is an upsert that nobody saw, once nobody is left to find what it replaces: one spent value for another. All spent
 *   values count as the same state.
 * - Deletes are alike, and so are upserts that nobody saw: of those that could come next, the one that must come first does.
 */
import {type Operation, sentence} from './history.js'

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
interface Step {
  readonly operation: Operation
  readonly from: number
  readonly until: number
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

  // Begins and ends of the steps that are not placed, in order of time, as a list linked both ways from 0 to 0.
  readonly #next: Int32Array
  readonly #previous: Int32Array
  readonly #stepAt: Int32Array
  readonly #isReturn: Uint8Array
  readonly #callOf: Int32Array
  readonly #returnOf: Int32Array
  /** By event: how many steps, and how many unknown deletes, began before it. */
  readonly #callsBefore: Int32Array
  readonly #deletesBefore: Int32Array

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
    this.#next = new Int32Array(2 * count + 1)
    this.#previous = new Int32Array(2 * count + 1)
    this.#stepAt = new Int32Array(2 * count + 1)
    this.#isReturn = new Uint8Array(2 * count + 1)
    this.#callOf = new Int32Array(count)
    this.#returnOf = new Int32Array(count)
    this.#callsBefore = new Int32Array(2 * count + 1)
    this.#deletesBefore = new Int32Array(2 * count + 1)
    this.#isPlaced = new Int32Array((count + 31) >>> 5)
    this.#linkReaders()
    this.#linkEvents()
  }

  run(): SearchResult {
    let event = this.#after(0)
    while (this.#after(0) !== 0) {
      if (event === 0 || this.#isReturn[event] === 1) {
        if (this.#placed.length > this.#deepest.length) this.#deepest = [...this.#placed]
        if (this.#placed.length === 0) return {verdict: 'violation', ...this.#explain(), states: this.#seen.size}
        event = this.#takeBack()
        continue
      }
      const step = at(this.#stepAt, event)
      const move = this.#move(step)
      if (move === null) {
        event = this.#after(event)
        continue
      }
      this.#place(step, move)
      event = this.#isNew() ? this.#after(0) : this.#takeBack()
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
    if (found !== nothing || this.#taken >= at(this.#deletesBefore, this.#firstReturn())) return null
    return {held: nothing, taken: this.#taken + 1, forced: false}
  }

  /** False if a delete like this one, or an upsert that nobody saw like this one, returns earlier and could come next. */
  #isFirstOfItsLike(step: number): boolean {
    const isDelete = this.#operation(step).kind === 'delete'
    if (!isDelete && at(this.#readersLeft, step) > 0) return true
    for (let event = this.#after(0); this.#isReturn[event] === 0; event = this.#after(event)) {
      const other = at(this.#stepAt, event)
      const {kind} = this.#operation(other)
      const isLike = isDelete ? kind === 'delete' : kind === 'upsert' && at(this.#readersLeft, other) === 0
      if (isLike && at(this.#returnOf, other) < at(this.#returnOf, step)) return false
    }
    return true
  }

  #place(step: number, {held, taken, forced}: Move): void {
    this.#placed.push({step, heldBefore: this.#held, takenBefore: this.#taken, forced})
    this.#held = held
    this.#taken = taken
    for (const event of [at(this.#callOf, step), at(this.#returnOf, step)]) {
      this.#next[at(this.#previous, event)] = this.#after(event)
      this.#previous[this.#after(event)] = at(this.#previous, event)
    }
    this.#mark(step, -1)
  }

  /** Undoes the last step; returns the event from which to look for another choice. */
  #takeBack(): number {
    const last = this.#placed.pop()
    if (last === undefined) throw new Error('nothing is placed')
    const {step, heldBefore, takenBefore, forced} = last
    this.#held = heldBefore
    this.#taken = takenBefore
    for (const event of [at(this.#returnOf, step), at(this.#callOf, step)]) {
      this.#next[at(this.#previous, event)] = event
      this.#previous[this.#after(event)] = event
    }
    this.#mark(step, +1)
    return forced ? 0 : this.#after(at(this.#callOf, step))
  }

  #mark(step: number, readers: 1 | -1): void {
    this.#isPlaced[step >>> 5] = at(this.#isPlaced, step >>> 5) ^ (1 << (step & 31))
    const found = at(this.#found, step)
    if (found !== nothing) this.#readersLeft[found] = at(this.#readersLeft, found) + readers
  }

  /** Whether nobody was here before: the same steps placed, an equal document, the same unknown deletes left. */
  #isNew(): boolean {
    const firstCall = this.#after(0)
    if (firstCall === 0) return true
    // All steps before the first unplaced one are placed, none that begins after the first return is.
    const first = at(this.#stepAt, firstCall)
    const end = at(this.#callsBefore, this.#firstReturn())
    const isSpent = this.#held !== nothing && at(this.#readersLeft, this.#held) === 0
    let place = `${isSpent ? 'spent' : this.#held},${this.#taken},${first}`
    for (let word = first >>> 5; word <= (end - 1) >>> 5; word++) place += `,${at(this.#isPlaced, word)}`
    const before = this.#seen.size
    return this.#seen.add(place).size > before
  }

  #firstReturn(): number {
    let event = this.#after(0)
    while (this.#isReturn[event] === 0) event = this.#after(event)
    return event
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
    for (let event = this.#after(0); this.#isReturn[event] === 0; event = this.#after(event)) {
      const operation = this.#operation(at(this.#stepAt, event))
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
    for (let event = this.#after(0); event !== 0; event = this.#after(event)) {
      const step = at(this.#stepAt, event)
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

  #linkEvents(): void {
    const events = this.#steps.flatMap(({from, until}, step) => [
      {moment: from, isReturn: 0, step},
      {moment: until, isReturn: 1, step},
    ])
    // In one moment calls come first: what touches is concurrent.
    events.sort((a, b) => a.moment - b.moment || a.isReturn - b.isReturn || a.step - b.step)
    let calls = 0
    let deletes = 0
    for (const [position, {moment, isReturn, step}] of events.entries()) {
      const event = position + 1
      while ((this.#unknownDeletes[deletes]?.invokedAt ?? Number.POSITIVE_INFINITY) <= moment) deletes++
      if (isReturn === 0) calls++
      this.#next[event - 1] = event
      this.#previous[event] = event - 1
      this.#stepAt[event] = step
      this.#isReturn[event] = isReturn
      this.#callsBefore[event] = calls
      this.#deletesBefore[event] = deletes
      const side = isReturn === 1 ? this.#returnOf : this.#callOf
      side[step] = event
    }
    this.#previous[0] = events.length
  }

  #operation(step: number): Operation {
    const found = this.#steps[step]
    if (found === undefined) throw new Error(`no step ${step}`)
    return found.operation
  }

  #after(event: number): number {
    return at(this.#next, event)
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

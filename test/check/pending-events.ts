/** The span within which a step took effect. */
export interface Window {
  readonly from: number
  readonly until: number
}

/**
 * Calls and returns of the steps that are not placed yet, in order of time: a list linked both ways, from which a step is
 * lifted and into which it is put back in constant time, the last lifted first.
 *
 * Events are numbered from 1; 0 stands before the first and after the last. In one moment calls come before returns.
 */
export class PendingEvents {
  readonly #next: Int32Array
  readonly #previous: Int32Array
  readonly #stepAt: Int32Array
  readonly #isReturn: Uint8Array
  readonly #momentOf: Float64Array
  readonly #callsBefore: Int32Array
  readonly #callOf: Int32Array
  readonly #returnOf: Int32Array

  /** The windows are those of steps 0, 1, …, in the order they begin. */
  constructor(windows: readonly Window[]) {
    const size = 2 * windows.length + 1
    this.#next = new Int32Array(size)
    this.#previous = new Int32Array(size)
    this.#stepAt = new Int32Array(size)
    this.#isReturn = new Uint8Array(size)
    this.#momentOf = new Float64Array(size)
    this.#callsBefore = new Int32Array(size)
    this.#callOf = new Int32Array(windows.length)
    this.#returnOf = new Int32Array(windows.length)
    const events = windows.flatMap(({from, until}, step) => [
      {moment: from, isReturn: 0, step},
      {moment: until, isReturn: 1, step},
    ])
    events.sort((a, b) => a.moment - b.moment || a.isReturn - b.isReturn || a.step - b.step)
    let calls = 0
    for (const [position, {moment, isReturn, step}] of events.entries()) {
      const event = position + 1
      this.#next[position] = event
      this.#previous[event] = position
      this.#stepAt[event] = step
      this.#isReturn[event] = isReturn
      this.#momentOf[event] = moment
      this.#callsBefore[event] = calls
      if (isReturn === 0) calls++
      const side = isReturn === 1 ? this.#returnOf : this.#callOf
      side[step] = event
    }
    this.#previous[0] = events.length
  }

  /** The first event; 0 if no step is left. */
  first(): number {
    return this.after(0)
  }

  after(event: number): number {
    return at(this.#next, event)
  }

  firstReturn(): number {
    let event = this.first()
    while (this.isCall(event)) event = this.after(event)
    return event
  }

  isCall(event: number): boolean {
    return event !== 0 && this.#isReturn[event] === 0
  }

  stepAt(event: number): number {
    return at(this.#stepAt, event)
  }

  momentOf(event: number): number {
    return at(this.#momentOf, event)
  }

  /** How many steps began before the event, lifted ones too. */
  callsBefore(event: number): number {
    return at(this.#callsBefore, event)
  }

  callOf(step: number): number {
    return at(this.#callOf, step)
  }

  returnOf(step: number): number {
    return at(this.#returnOf, step)
  }

  lift(step: number): void {
    for (const event of [this.callOf(step), this.returnOf(step)]) {
      this.#next[at(this.#previous, event)] = this.after(event)
      this.#previous[this.after(event)] = at(this.#previous, event)
    }
  }

  putBack(step: number): void {
    for (const event of [this.returnOf(step), this.callOf(step)]) {
      this.#next[at(this.#previous, event)] = event
      this.#previous[this.after(event)] = event
    }
  }
}

function at(numbers: Int32Array | Float64Array, position: number): number {
  const value = numbers[position]
  if (value === undefined) throw new Error(`no number at ${position}`)
  return value
}

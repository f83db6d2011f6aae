/**
 * The simulator: a whole cluster in one thread, under a time of its own.
 *
 * The roles run as they are; what they stand on is simulated: clock, network and disk of each node (`Env`), the metadata store
 * and the engine. All that happens is one heap of events, ordered by virtual time and then by the order of asking. After each
 * event everything that promises have to do is done before the next one, so a run is a function of its seed and its code, and
 * the same seed gives the same hash of all events (`trace.ts`).
 *
 * Invariants
 * - Time moves only here. Nothing reaches the machine's clock, disk or randomness: `poison.ts` comes before every import.
 * - An event belongs to one run of a process (`process.ts`) or to the world. What belongs to a dead run never happens, what
 *   belongs to a paused one happens when the pause is over.
 * - Each part draws from a generator of its own, so that one more draw here does not change what happens there.
 *
 * Reading order: this, `process.ts`, `clock.ts`, `network.ts`, `disk.ts`, `etcd.ts` and `meta-client.ts`, `engine.ts` (the
 * outside of a node), `transport.ts` (requests that are HTTP elsewhere), `node.ts` and `cluster.ts` (the roles on it),
 * `injector.ts` (faults), `run.ts` (one seed), `main.ts` (many).
 */
import type {Prng} from './prng.js'
import type {Process} from './process.js'
import {Trace} from './trace.js'

export interface Event {
  readonly atUs: number
  readonly sequence: number
  /** Null: nobody's death or pause stops it. */
  readonly owner: Process | null
  readonly kind: string
  /** Null once it was cancelled. */
  run: (() => void) | null
}

/** Other callbacks of the real process (messages to its parent, reports of lost rejections) get a turn this often. */
const eventsPerTurn = 256

export class World {
  /** Microseconds of virtual time. */
  nowUs = 0
  /** Events that happened. */
  events = 0
  readonly trace = new Trace()
  readonly #heap: Event[] = []
  #sequence = 0
  #failure: Error | null = null

  constructor(
    readonly random: Prng,
    /** Lets the real process do what is not the simulation's. */
    private readonly realTurn: () => Promise<void>,
  ) {}

  get nowMs(): number {
    return this.nowUs / 1_000
  }

  after(delayUs: number, owner: Process | null, kind: string, run: () => void): Event {
    const atUs = this.nowUs + Math.max(0, Math.ceil(delayUs))
    const event = {atUs, sequence: this.#sequence++, owner, kind, run}
    push(this.#heap, event)
    return event
  }

  /** A bug of the program or of the rig: the run ends with it. */
  fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error))
  }

  /** Lets everything happen up to a moment, or until `isDone`. Throws what the run failed with. */
  async runUntil(endUs: number, isDone: () => boolean = () => false): Promise<void> {
    await new Promise<void>((resolve) => {
      const turn = (): void => {
        const next = isDone() || this.#failure !== null ? null : this.#next(endUs)
        if (next?.run == null) {
          resolve()
          return
        }
        this.nowUs = next.atUs
        this.#happen(next, next.run)
        if (this.events % eventsPerTurn === 0) void this.realTurn().then(turn)
        else onceSettled(turn)
      }
      onceSettled(turn)
    })
    await this.realTurn()
    if (this.#failure !== null) throw this.#failure
    if (!isDone()) this.nowUs = Math.max(this.nowUs, endUs)
  }

  /** The first event up to a moment that was not cancelled, out of the heap; null if there is none. */
  #next(endUs: number): Event | null {
    for (let [first] = this.#heap; first !== undefined && first.atUs <= endUs; [first] = this.#heap) {
      pop(this.#heap)
      if (first.run !== null) return first
    }
    return null
  }

  #happen(event: Event, run: () => void): void {
    const {owner, kind} = event
    if (owner !== null) {
      if (!owner.isAlive) return
      if (owner.isPaused) {
        owner.hold(event)
        return
      }
    }
    this.events += 1
    this.trace.event(event.atUs, owner?.id ?? 0, kind)
    try {
      run()
    } catch (thrown) {
      this.fail(thrown)
    }
  }
}

const resolved = Promise.resolve()

/**
 * Goes on when no promise has anything left to do: a tick that is asked for by a microtask comes after all microtasks, those
 * included that they cause. This comes with every event, so it makes as little as it can: `queueMicrotask` would make more.
 */
function onceSettled(go: () => void): void {
  void resolved.then(() => process.nextTick(go))
}

function isBefore(a: Event, b: Event): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.sequence < b.sequence)
}

function push(heap: Event[], event: Event): void {
  let at = heap.push(event) - 1
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above] as Event
    if (!isBefore(event, parent)) break
    heap[at] = parent
    at = above
  }
  heap[at] = event
}

/** Removes the first; there must be one. */
function pop(heap: Event[]): void {
  const last = heap.pop() as Event
  const {length} = heap
  if (length === 0) return
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= length) break
    if (child + 1 < length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1
    const lower = heap[child] as Event
    if (!isBefore(lower, last)) break
    heap[at] = lower
    at = child
  }
  heap[at] = last
}

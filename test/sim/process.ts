/**
 * One run of a program on a node, from its start to its end. What it asked the world for ends with it: a crash leaves no
 * callback behind.
 */
import type {Event, World} from './world.js'

export class Process {
  isAlive = true
  isPaused = false
  #held: Event[] = []
  /** Of what was held, what is still to come. */
  #late = 0
  #soon: (() => void)[] = []
  readonly #onEnd = new Set<() => void>()

  constructor(
    private readonly world: World,
    /** Positive, and no other run has it. */
    readonly id: number,
    readonly name: string,
  ) {}

  after(delayUs: number, kind: string, run: () => void): Event {
    return this.world.after(delayUs, this, kind, run)
  }

  /** At the end of this turn, together with all else that is to happen then. */
  soon(callback: () => void): void {
    if (this.#soon.push(callback) > 1) return
    this.after(0, 'soon', () => {
      const callbacks = this.#soon
      this.#soon = []
      for (const each of callbacks) if (this.isAlive) each()
    })
  }

  /** Happens when the pause is over. */
  hold(event: Event): void {
    this.#held.push(event)
  }

  pause(): void {
    this.isPaused = true
  }

  /** What waited comes at once, in the order in which it would have come. */
  resume(): void {
    this.isPaused = false
    for (const event of this.#held.splice(0)) {
      this.#late += 1
      this.after(0, event.kind, () => {
        this.#late -= 1
        event.run?.()
      })
    }
  }

  /** Something is to happen here before what comes now. */
  get isBehind(): boolean {
    return this.isPaused || this.#late > 0
  }

  /** Calls back when the process ends, however it does. */
  onEnd(callback: () => void): void {
    this.#onEnd.add(callback)
  }

  offEnd(callback: () => void): void {
    this.#onEnd.delete(callback)
  }

  end(): void {
    if (!this.isAlive) return
    this.isAlive = false
    this.#held = []
    for (const callback of [...this.#onEnd]) callback()
  }
}

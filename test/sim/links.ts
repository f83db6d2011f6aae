/**
 * The wires between machines: one directed link for each pair, with its delay, its losses and what stands in the way.
 *
 * A link knows no messages. It says when something sent now would arrive, whether it gets through at all, and calls those back
 * who wait for it to open again.
 */

import type {Prng} from './prng.js'
import type {NetworkShape} from './swarm.js'
import type {World} from './world.js'

/** What is lost is sent again, later each time. */
const retransmitUs = 200_000
const giveUpUs = 8_000_000
/** 1 GB/s: a checkpoint takes its time, a heartbeat does not. */
const bytesPerUs = 1_000

export interface Weather {
  meanUs: number
  loss: number
}

export class Link {
  /** How many faults close it now: it is open when the last of them has ended. */
  #closed = 0
  readonly #waiting = new Set<() => void>()

  constructor(
    private readonly random: Prng,
    private readonly minUs: number,
    public meanUs: number,
    public loss: number,
    /** What holds for all links at once, added to their own. */
    private readonly weather: Readonly<Weather>,
  ) {}

  get isOpen(): boolean {
    return this.#closed === 0
  }

  close(): void {
    this.#closed += 1
  }

  open(): void {
    this.#closed -= 1
    if (this.#closed > 0) return
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const callback of waiting) callback()
  }

  whenOpen(callback: () => void): void {
    this.#waiting.add(callback)
  }

  /** On streams nothing is lost for good: losses cost time. */
  delayUs(bytes: number): number {
    let us = this.minUs + this.random.exponential(this.meanUs + this.weather.meanUs) + bytes / bytesPerUs
    for (let again = retransmitUs; again < giveUpUs && this.#isLost(); again *= 2) us += again
    return us
  }

  #isLost(): boolean {
    return this.random.chance(this.loss + this.weather.loss)
  }

  /** How long senders take to notice that the link is there again. */
  reopenUs(): number {
    return this.random.next() * 2 * retransmitUs
  }
}

const calm: Weather = {meanUs: 0, loss: 0}

export class Links {
  readonly weather: Weather = {meanUs: 0, loss: 0}
  readonly #links = new Map<string, Link>()
  readonly #random: Prng

  constructor(
    world: World,
    private shape: NetworkShape,
  ) {
    this.#random = world.random.fork('links')
  }

  /** From now on nothing is lost and delays are short: a network on which elections can be expected to succeed. */
  calm(meanUs: number): void {
    for (const link of this.#links.values()) {
      link.loss = 0
      link.meanUs = Math.min(link.meanUs, meanUs)
    }
    this.shape = {minMs: this.shape.minMs, meanMs: Math.min(this.shape.meanMs, meanUs / 1_000), lossPermille: 0}
  }

  between(from: string, to: string): Link {
    const name = `${from}>${to}`
    const known = this.#links.get(name)
    if (known !== undefined) return known
    const {minMs, meanMs, lossPermille} = this.shape
    // Within a machine there is nothing to lose.
    const link =
      from === to
        ? new Link(this.#random.fork(name), 0, 20, 0, calm)
        : new Link(this.#random.fork(name), minMs * 1_000, meanMs * 1_000, lossPermille / 1_000, this.weather)
    this.#links.set(name, link)
    return link
  }
}

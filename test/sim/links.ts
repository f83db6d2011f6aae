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

/** What holds for all links at once, added to their own. */
export interface Weather {
  meanUs: number
  loss: number
  /** While it is calm nothing is lost, and no delay has a longer mean; null in any other weather. */
  calmUs: number | null
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
    const {meanUs, calmUs} = this.weather
    const mean = Math.min(this.meanUs + meanUs, calmUs ?? Number.POSITIVE_INFINITY)
    let us = this.minUs + this.random.exponential(mean) + bytes / bytesPerUs
    for (let again = retransmitUs; again < giveUpUs && this.#isLost(); again *= 2) us += again
    return us
  }

  #isLost(): boolean {
    const {loss, calmUs} = this.weather
    return this.random.chance(calmUs === null ? this.loss + loss : 0)
  }

  /** How long senders take to notice that the link is there again. */
  reopenUs(): number {
    return this.random.next() * 2 * retransmitUs
  }
}

/** Within a machine there is nothing to lose. */
const indoors: Readonly<Weather> = {meanUs: 0, loss: 0, calmUs: null}

export class Links {
  readonly weather: Weather = {meanUs: 0, loss: 0, calmUs: null}
  readonly #links = new Map<string, Link>()
  readonly #random: Prng

  constructor(
    world: World,
    private readonly shape: NetworkShape,
  ) {
    this.#random = world.random.fork('links')
  }

  between(from: string, to: string): Link {
    const name = `${from}>${to}`
    const known = this.#links.get(name)
    if (known !== undefined) return known
    const {minMs, meanMs, lossPermille} = this.shape
    const link =
      from === to
        ? new Link(this.#random.fork(name), 0, 20, 0, indoors)
        : new Link(this.#random.fork(name), minMs * 1_000, meanMs * 1_000, lossPermille / 1_000, this.weather)
    this.#links.set(name, link)
    return link
  }
}

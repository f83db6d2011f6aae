/**
 * Named places in the code that fail now and then, or are the last that a process comes to, where a run armed them.
 */
import type {Failpoints} from '../../src/env/failpoints.js'
import type {Prng} from './prng.js'

export class NodeFailpoints implements Failpoints {
  /** By site, how likely it fires. */
  readonly #armed = new Map<string, number>()
  /** By site: what ends the process there. */
  readonly #last = new Map<string, () => void>()

  constructor(private readonly random: Prng) {}

  arm(site: string, probability: number): void {
    this.#armed.set(site, probability)
  }

  disarm(site: string): void {
    this.#armed.delete(site)
  }

  /** The next process that comes by stops there for good, and `end` is called. Returns what takes that back. */
  whenHit(site: string, end: () => void): () => void {
    this.#last.set(site, end)
    return () => {
      if (this.#last.get(site) === end) this.#last.delete(site)
    }
  }

  async hit(site: string): Promise<void> {
    const end = this.#last.get(site)
    if (end !== undefined) {
      this.#last.delete(site)
      end()
      await new Promise(() => {})
    }
    const probability = this.#armed.get(site)
    if (probability !== undefined && this.random.chance(probability))
      throw Object.assign(new Error(`EIO: failpoint ${site}`), {code: 'EIO'})
  }
}

/**
 * Named places in the code that fail now and then, where a run armed them.
 */
import type {Failpoints} from '../../src/env/failpoints.js'
import type {Prng} from './prng.js'

export class NodeFailpoints implements Failpoints {
  /** By site, how likely it fires. */
  readonly #armed = new Map<string, number>()

  constructor(private readonly random: Prng) {}

  arm(site: string, probability: number): void {
    this.#armed.set(site, probability)
  }

  disarm(site: string): void {
    this.#armed.delete(site)
  }

  async hit(site: string): Promise<void> {
    const probability = this.#armed.get(site)
    if (probability !== undefined && this.random.chance(probability))
      throw Object.assign(new Error(`EIO: failpoint ${site}`), {code: 'EIO'})
  }
}

import {SeededRandom} from '../harness/random.js'
import {hash32} from './hash.js'

/**
 * A seeded generator that others can be made from by name. What a fork draws depends on the seed and the names that led to
 * it, never on what anybody drew before: one subsystem that draws once more shifts nobody else.
 */
export class Prng extends SeededRandom {
  constructor(private readonly seed: number) {
    super(seed)
  }

  fork(name: string): Prng {
    return new Prng(hash32(name, this.seed))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** A whole number, both ends possible. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1)
  }

  /** Exponential: most draws are below the mean, a few far above it. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next())
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({item, rank: this.next()}))
      .sort((a, b) => a.rank - b.rank)
      .map(({item}) => item)
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({length: count}, () => this.below(256))
  }
}

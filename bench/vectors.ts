/**
 * The data of the benchmarks, from a fixed seed: points around 1,000 centres, the clouds twice as wide as the centres are
 * apart. Nearest neighbours are hard to find in it: of 100,000, HNSW finds 76 % at efSearch 64 and 95 % at 256.
 */
import {SeededRandom} from '../test/harness/random.js'

export const dimension = 128
const centreCount = 1_000
const spread = 2

export class Points {
  readonly #random: SeededRandom
  readonly #centres: readonly Float32Array[]

  constructor(seed: number) {
    const layout = new SeededRandom(1)
    this.#centres = Array.from({length: centreCount}, () =>
      Float32Array.from({length: dimension}, () => gaussian(layout)),
    )
    this.#random = new SeededRandom(seed)
  }

  next(): Float32Array {
    const centre = this.#random.pick(this.#centres)
    // four decimals, as clients send them: the size of the JSON is part of what is measured
    return centre.map((x) => Math.fround(Number((x + spread * gaussian(this.#random)).toFixed(4))))
  }
}

/** Box and Muller's transform. */
function gaussian(random: SeededRandom): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
}

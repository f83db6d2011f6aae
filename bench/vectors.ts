/**
 * The data of the benchmarks: points around 1,000 centres, as embeddings lie, from a fixed seed.
 */
import {SeededRandom} from '../test/harness/random.js'

export const dimension = 128
const centreCount = 1_000
const spread = 0.35

export class Points {
  readonly #random: SeededRandom
  readonly #centres: readonly Float32Array[]

  constructor(seed: number) {
    const layout = new SeededRandom(1)
    this.#centres = Array.from({length: centreCount}, () => Float32Array.from(layout.vector(dimension)))
    this.#random = new SeededRandom(seed)
  }

  next(): Float32Array {
    const centre = this.#random.pick(this.#centres)
    // four decimals, as clients send them: the size of the JSON is part of what is measured
    return centre.map((x) => Math.fround(Number((x + spread * (this.#random.next() * 2 - 1)).toFixed(4))))
  }
}

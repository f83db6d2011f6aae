/** Seeded randomness for tests: the same seed, the same numbers. */
export class SeededRandom {
  #state: number

  constructor(private readonly seed: number) {
    this.#state = seed >>> 0
  }

  /** A generator of its own: what one part of a run draws never shifts what another does. */
  fork(name: string): SeededRandom {
    let hash = 0x811c9dc5 ^ this.seed
    for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
    return new SeededRandom(hash)
  }

  /** Uniform in [0, 1): mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  below(bound: number): number {
    return Math.floor(this.next() * bound)
  }

  between(from: number, to: number): number {
    return from + this.next() * (to - from)
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability
  }

  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({length: count}, () => this.below(256))
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new Error('cannot pick from nothing')
    return item
  }

  shuffled<T>(items: readonly T[]): T[] {
    const rest = [...items]
    return items.map(() => rest.splice(this.below(rest.length), 1)[0] as T)
  }

  vector(dimension: number): number[] {
    return Array.from({length: dimension}, () => Math.fround(this.next() * 2 - 1))
  }
}

/** From the environment variable SEED, else a new one: print it where a test fails. */
export function testSeed(): number {
  return Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
}

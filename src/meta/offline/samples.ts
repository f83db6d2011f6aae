/**
 * One thing looked at again and again, kept as what changed: named parts, of which a sample has those that are new or other than in the one
 * before it, and the names of those that are gone. The first has all of them. A part named like a key is the record of that key.
 */
import {Buffer} from 'node:buffer'
import {stringifyJson} from '../../entity/json.js'

export type Parts = ReadonlyMap<string, unknown>

export interface Difference {
  readonly put: Readonly<Record<string, unknown>>
  readonly gone: readonly string[]
}

export interface Sample extends Difference {
  readonly at: string
  /** Of the metadata; null where the look failed, and nothing is known to have changed. */
  readonly revision: number | null
}

/** Tells each look from the one before it. */
export class Differences {
  readonly #known = new Map<string, string>()

  /** Of the JSON of all the parts that there are. */
  bytes = 0

  next(parts: Parts): Difference {
    const put: Record<string, unknown> = {}
    for (const [name, value] of parts) {
      const text = stringifyJson(value)
      if (this.#known.get(name) === text) continue
      this.#learn(name, text)
      put[name] = value
    }
    const gone = [...this.#known.keys()].filter((name) => !parts.has(name))
    for (const name of gone) this.#learn(name, null)
    return {put, gone}
  }

  #learn(name: string, text: string | null): void {
    const before = this.#known.get(name)
    if (before !== undefined) this.bytes -= bytesOf(name, before)
    if (text === null) {
      this.#known.delete(name)
      return
    }
    this.#known.set(name, text)
    this.bytes += bytesOf(name, text)
  }
}

function bytesOf(name: string, text: string): number {
  return Buffer.byteLength(name) + Buffer.byteLength(text)
}

export interface Moment<S extends Sample = Sample> {
  readonly sample: S
  /** As of then; the next moment changes them. */
  readonly parts: Parts
}

/** One for each sample, a failed one with the parts of the one before it. */
export function* momentsIn<S extends Sample>(samples: Iterable<S>): Generator<Moment<S>> {
  const parts = new Map<string, unknown>()
  for (const sample of samples) {
    for (const name of sample.gone) parts.delete(name)
    for (const [name, value] of Object.entries(sample.put)) parts.set(name, value)
    yield {sample, parts}
  }
}

/** The last of the looks that did not fail and that fit; null if there is none. Samples come in the order of their times. */
export function lastMoment<S extends Sample>(
  samples: readonly S[],
  fits: (sample: S) => boolean = () => true,
): (Moment<S> & {readonly revision: number}) | null {
  const at = samples.findLastIndex((sample) => sample.revision !== null && fits(sample))
  let last: Moment<S> | null = null
  for (const moment of momentsIn(samples.slice(0, at + 1))) last = moment
  return last === null ? null : {...last, revision: Number(last.sample.revision)}
}

import type {Observation} from '../observation.js'
import type {Finding, Oracle} from './oracle.js'

/** P6: an id is handed out once, whoever asks and whatever crashes; and the sequences in the metadata never go back. */
export class IdsOracle implements Oracle {
  readonly #taken = new Map<string, number>()
  readonly #last = new Map<string, number>()

  see(seen: Observation): Finding[] {
    if (seen.kind === 'id') return this.#takenOnce(seen.sequence, seen.id, seen.atMs)
    if (seen.kind !== 'meta' || !/\/id\/[^/]+$/.test(seen.key) || seen.key.includes('/db/id/')) return []
    const before = this.#last.get(seen.key) ?? 0
    const now = seen.value === null ? 0 : Number(seen.value)
    this.#last.set(seen.key, now)
    return now > before ? [] : [finding('a sequence goes back', `${seen.key}: ${before}, then ${seen.value}`)]
  }

  #takenOnce(sequence: string, id: number, atMs: number): Finding[] {
    const key = `${sequence} ${id}`
    const before = this.#taken.get(key)
    this.#taken.set(key, atMs)
    return before === undefined
      ? []
      : [finding('an id was handed out twice', `${sequence} ${id}: at ${before} ms and at ${atMs} ms`)]
  }
}

function finding(rule: string, detail: string): Finding {
  return {promise: 'P6', rule, detail}
}

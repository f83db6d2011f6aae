import {type History, keyText, type Operation} from '../../check/history.js'
import type {Applied, Observation} from '../observation.js'

/**
 * Where the writes of clients stand in the logs: values are unique, so an entry that was applied names the upserts in it.
 * The responses of the cluster carry no position; what it applied does.
 */
export class Placements {
  /** By document and value. */
  readonly #applied = new Map<string, Applied[]>()

  see(seen: Observation): void {
    if (seen.kind !== 'applied') return
    for (const {key, value} of seen.writes) {
      if (value === null) continue
      const name = `${keyText(key)} ${value}`
      const known = this.#applied.get(name) ?? []
      const isKnown = known.some(({group, index}) => group === seen.group && index === seen.index)
      if (!isKnown) this.#applied.set(name, [...known, seen])
    }
  }

  /** Every entry that wrote it, each once however many replicas applied it. */
  of({kind, key, value}: Operation): readonly Applied[] {
    return kind === 'upsert' ? (this.#applied.get(`${keyText(key)} ${value}`) ?? []) : []
  }

  /** The history with the positions of those upserts that were acknowledged and applied once. */
  placed(history: History): History {
    return history.map((operation) => {
      const [entry, ...others] = this.of(operation)
      if (entry === undefined || others.length > 0 || operation.outcome !== 'ok') return operation
      return {...operation, position: {term: entry.term, index: entry.index}}
    })
  }
}

import {byKey, type History, keyText, type Operation} from '../../check/history.js'
import {numberOf, scoreOf} from '../document.js'
import type {Evidence, Observation} from '../observation.js'
import type {SearchCall, SearchHit} from '../workload.js'
import type {Finding, Oracle} from './oracle.js'
import {Placements} from './placed.js'
import {visibleBetween} from './visible.js'

/**
 * P4: a search through the leaders sees every document that was acknowledged before it began and none that was gone, scores it
 * as the reference does, and leaves no better one out.
 *
 * Everything is computed again by brute force from the history of every document. A document that was being written while
 * the search ran may be there in any of the versions that it can have had; it is held to the rest.
 */
export class SearchOracle implements Oracle {
  readonly #placements = new Placements()

  see(seen: Observation): Finding[] {
    this.#placements.see(seen)
    return []
  }

  end({history, searches}: Evidence): Finding[] {
    const documents = writesBySpace(this.#placements.placed(history))
    return searches.flatMap((call) => judged(call, documents.get(call.spaceId) ?? []))
  }
}

interface Document {
  readonly id: string
  readonly writes: readonly Operation[]
}

function writesBySpace(history: History): Map<number, Document[]> {
  const spaces = new Map<number, Document[]>()
  for (const {key, operations} of byKey(history).values()) {
    const writes = operations.filter(({kind}) => kind !== 'get')
    spaces.set(key.spaceId, [...(spaces.get(key.spaceId) ?? []), {id: key.id, writes}])
  }
  return spaces
}

function judged(call: SearchCall, documents: readonly Document[]): Finding[] {
  const {hits, invokedAt, returnedAt, isThroughLeader} = call
  // Followers may lag, but none shows what was not written yet.
  const from = isThroughLeader ? invokedAt : 0
  const visible = new Map(documents.map(({id, writes}) => [id, visibleBetween(writes, from, returnedAt)]))
  const wrong = (rule: string, detail: string): Finding => ({
    promise: 'P4',
    rule,
    detail: `${searchText(call)}\n${detail}`,
  })
  const found = hits.flatMap((hit, place): Finding[] => {
    const {id, value, score} = hit
    const before = hits[place - 1]
    if (hits.findIndex((other) => other.id === id) !== place) return [wrong('a document was found twice', hitText(hit))]
    if (!visible.get(id)?.has(value)) {
      const may = [...(visible.get(id) ?? [])].join(' or ')
      return [wrong('a version was found that is not there', `${hitText(hit)}; it may be ${may}`)]
    }
    if (!isWanted(call, value)) return [wrong('a document was found that does not match', hitText(hit))]
    if (call.vector === null) return []
    if (score !== scoreOf(value, call.vector)) {
      return [wrong('a score is wrong', `${hitText(hit)}; it is ${scoreOf(value, call.vector)}`)]
    }
    return before !== undefined && before.score > score ? [wrong('hits are out of order', hitText(hit))] : []
  })
  if (found.length > 0 || !isThroughLeader) return found
  const missed = documents.filter(({id}) => isMissed(call, id, visible.get(id) ?? new Set()))
  return missed.map(({id}) =>
    wrong('a document was missed', `${keyText({spaceId: call.spaceId, id})}: ${[...(visible.get(id) ?? [])]}`),
  )
}

/** Not among the hits, though in each version that it can have had it belongs there. */
function isMissed(call: SearchCall, id: string, versions: ReadonlySet<string | null>): boolean {
  if (call.hits.some((hit) => hit.id === id) || versions.size === 0) return false
  const worst = call.hits.at(-1)
  return [...versions].every((value) => {
    if (value === null || !isWanted(call, value)) return false
    if (call.hits.length < call.topK || worst === undefined) return true
    return call.vector !== null && scoreOf(value, call.vector) < worst.score
  })
}

function isWanted({below}: SearchCall, value: string): boolean {
  return below === null || numberOf(value) < below
}

function hitText({id, value, score}: SearchHit): string {
  return `${id} as ${value} with score ${score}`
}

function searchText({client, spaceId, vector, topK, below, invokedAt, returnedAt, hits}: SearchCall): string {
  const what = vector === null ? 'query' : `search for [${vector}]`
  const which = below === null ? '' : ` below ${below}`
  return `${what}${which} in space ${spaceId}, top ${topK}, client ${client}, from ${invokedAt} to ${returnedAt}: ${hits.length} hits`
}

/**
 * When a replica indexes its tail by itself.
 *
 * Rows that no index covers are scanned, so a search is right without a build and costs what the tail is long: about
 * 0.1 ms for each 1,000 rows of 128 dimensions. A build costs what the whole is large. Hence a build when the tail is long
 * absolutely and as a share, and one when writing has stopped, so that a space at rest is indexed; but not for a handful
 * of documents beside many (100 beside 100,000 of 128 dimensions take 1.3 s to index and 10 µs to scan).
 */
import {isScalarIndexType} from '../entity/field.js'
import type {Space} from '../entity/space.js'
import type {EngineStatus} from './engine.js'
import {vectorIndexType} from './index-types/registry.js'
import {indexesOf} from './space-indexes.js'

export interface IndexingState {
  readonly documents: number
  /** Documents that the least advanced vector index covers. */
  readonly indexed: number
  /** Below it no index is built: the largest of the space's vector indexes. */
  readonly trainingThreshold: number
  /** False where only an explicit request builds. */
  readonly automatic: boolean
  /** Below 0 nothing is built by itself. */
  readonly refreshIntervalMs: number
  /** Nothing was written since the state was looked at before. */
  readonly quiet: boolean
}

/** So many documents are indexed anew in a third of a second. */
const documentsCheap = 20_000
const handfulShare = 0.001

/** A tail of so many rows takes 0.5 ms to scan. */
const tailRowsMin = 5_000
const tailShare = 0.1
/** A scan of so many takes 5 ms: longer than a search should wait for. */
const tailRowsMax = 50_000

export function shouldBuild(state: IndexingState): boolean {
  const {documents, indexed, trainingThreshold, automatic, refreshIntervalMs, quiet} = state
  const tail = documents - indexed
  if (!automatic || refreshIntervalMs < 0 || tail <= 0 || documents < trainingThreshold) return false
  if (quiet && (documents <= documentsCheap || tail >= documents * handfulShare)) return true
  return tail >= Math.min(tailRowsMax, Math.max(tailRowsMin, documents * tailShare))
}

/** A predicate for one replica, asked once in a refresh interval: it remembers what it saw the last time. */
export function indexDue(space: Space): (status: EngineStatus) => boolean {
  const vectorIndexes = indexesOf(space).filter(({type}) => !isScalarIndexType(type))
  const types = vectorIndexes.map(({type, params}) => ({type: vectorIndexType(type), params}))
  const trainingThreshold = Math.max(0, ...types.map(({type, params}) => type.trainingThreshold(params)))
  const automatic = types.some(({type}) => type.automatic)
  const refreshIntervalMs = space.refresh_interval ?? 0
  let seen = {documents: -1, indexed: -1}
  return ({documents, indexed, indexStatus}) => {
    const quiet = documents === seen.documents && indexed === seen.indexed
    seen = {documents, indexed}
    if (indexStatus === 1) return false
    return shouldBuild({documents, indexed, trainingThreshold, automatic, refreshIntervalMs, quiet})
  }
}

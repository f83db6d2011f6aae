/**
 * One row that is always there, never shown, and never deleted.
 *
 * zvec 0.7.0 pairs vectors with the wrong documents when it first indexes a segment out of which documents were deleted or
 * updated, if there is no other segment yet: 250 documents, one update, `optimize`, and 245 of them have a neighbour's
 * vector. With a row in a segment of its own, sealed before anything else comes, random histories of writes, deletes, builds
 * and reopenings all stayed right (without it 10 of 60 went wrong). It is not indexed at once: an inverted file trained
 * with this row alone gives wrong inner products.
 */
import type {ZVecDocInput} from '@zvec/zvec'
import {type Columns, docidColumn, longIdColumn, noText, type StoredType, type StoredValue} from './columns.js'
import type {SearchPlan} from './zvec-search.js'

/** No document has it: docids begin at 0. */
export const anchorDocid = -1
/** No id maps to it: a key that begins with this mark is otherwise a digest. */
const anchorKey = '#'
const nothing: Readonly<Record<StoredType, StoredValue>> = {INT32: 0, STRING: '', STRING_ARRAY: [noText]}

/** Flat vectors have no index to build. */
export function needsAnchor(plans: ReadonlyMap<string, SearchPlan>): boolean {
  return [...plans.values()].some(({structure}) => structure.kind !== 'FLAT')
}

export function anchorRow(columns: Columns): ZVecDocInput {
  const scalars = columns.scalars.map((column) => [column.name, nothing[column.stored]] as const)
  const vectors = columns.vectors.map(({name, dimension}) => [name, new Float32Array(dimension)] as const)
  return {
    id: anchorKey,
    fields: {[docidColumn]: anchorDocid, [longIdColumn]: '', ...Object.fromEntries(scalars)},
    vectors: Object.fromEntries(vectors),
  }
}

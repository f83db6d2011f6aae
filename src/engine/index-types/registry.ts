import {paramError} from '../../errors/coded-error.js'
import {diskannStatic} from './diskann-static.js'
import {flat} from './flat.js'
import {hnsw} from './hnsw.js'
import type {VectorIndexType} from './index-type.js'
import {ivfFlat} from './ivf-flat.js'
import {ivfPq} from './ivf-pq.js'
import {ivfRabitq} from './ivf-rabitq.js'

const served: ReadonlyMap<string, VectorIndexType> = new Map([
  ['FLAT', flat],
  ['HNSW', hnsw],
  ['IVFFLAT', ivfFlat],
  ['IVFPQ', ivfPq],
  ['IVFRABITQ', ivfRabitq],
  ['DISKANN_STATIC', diskannStatic],
  ['DISKANN', diskannStatic],
])

/** Types whose names Vearch accepts and that the engine cannot serve, not even by another structure. */
const refused: ReadonlyMap<string, string> = new Map([
  ['BINARYIVF', 'binary vectors are not supported'],
  ['GPU_IVFPQ', 'there is no GPU index; use IVFPQ'],
  ['GPU_IVFFLAT', 'there is no GPU index; use IVFFLAT'],
  ['SSG', 'use HNSW'],
  ['SCANN', 'use IVFPQ or HNSW'],
  ['IVFPQ_RELAYOUT', 'use IVFPQ'],
])

export const servedIndexTypes: readonly string[] = [...served.keys()]

/** Why the engine cannot serve vector indexes of this type, or null if it can. */
export function vectorIndexFault(type: string): string | null {
  if (served.has(type)) return null
  const reason = refused.get(type)
  return `index type not support: ${type}${reason === undefined ? '' : `, ${reason}`}`
}

/** Throws PARAM_ERROR for a type that is not served. */
export function vectorIndexType(type: string): VectorIndexType {
  const found = served.get(type)
  if (found === undefined) throw paramError(vectorIndexFault(type) ?? type)
  return found
}

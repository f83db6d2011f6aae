import type {MetricType} from '../entity/field.js'
import type {Space} from '../entity/space.js'
import {type SpaceIndex, vectorIndexOf} from './space-indexes.js'

/**
 * The metric by which a vector field is searched: what its index says, inline or at the top level, else the default of
 * the index type, which is L2 for HNSW only (Vearch's router forgot both of the latter: spec W-6).
 */
export function metricOf(space: Pick<Space, 'fields' | 'indexes' | 'space_properties'>, field: string): MetricType {
  return indexMetric(vectorIndexOf(space, field))
}

export function indexMetric(index: SpaceIndex): MetricType {
  const given = index.params.metric_type
  if (given === 'L2' || given === 'InnerProduct') return given
  return index.type === 'HNSW' ? 'L2' : 'InnerProduct'
}

/** Negative where `a` is the better score: for sorting best first. */
export function compareScores(metric: MetricType, a: number, b: number): number {
  return metric === 'L2' ? a - b : b - a
}

/** L2: the squared distance. InnerProduct: the dot product. */
export function scoreOf(metric: MetricType, a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let index = 0; index < a.length; index++) {
    const left = a[index] ?? 0
    const right = b[index] ?? 0
    sum += metric === 'L2' ? (left - right) ** 2 : left * right
  }
  return Math.fround(sum)
}

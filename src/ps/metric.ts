import {isScalarIndexType, type MetricType} from '../entity/field.js'
import type {Space} from '../entity/space.js'

/** The metric of a vector field's index: what its index says, else Vearch's default for that type (spec §2.6). */
export function metricOf(space: Space, field: string): MetricType {
  const inline = space.space_properties[field]?.index
  const index = space.indexes?.find((spec) => spec.field_name === field && !isScalarIndexType(spec.type)) ?? inline
  const metric = index?.params?.metric_type
  if (metric === 'L2' || metric === 'InnerProduct') return metric
  return index?.type === 'HNSW' ? 'L2' : 'InnerProduct'
}

/** A space's schema in zvec's terms. */
import {
  ZVecCollectionSchema,
  ZVecDataType,
  type ZVecFieldSchema,
  ZVecIndexType,
  type ZVecInvertIndexParams,
  ZVecMetricType,
  type ZVecVectorSchema,
} from '@zvec/zvec'
import type {MetricType} from '../entity/field.js'
import type {Space} from '../entity/space.js'
import {type Columns, docidColumn, longIdColumn, type ScalarColumn, type StoredType} from './columns.js'
import type {Structure} from './index-types/index-type.js'
import {vectorIndexType} from './index-types/registry.js'
import {indexMetric} from './metric.js'
import {indexedScalars, vectorIndexOf} from './space-indexes.js'

const dataTypes = {
  INT32: ZVecDataType.INT32,
  STRING: ZVecDataType.STRING,
  STRING_ARRAY: ZVecDataType.ARRAY_STRING,
} as const satisfies Record<StoredType, number>

const ranged: ZVecInvertIndexParams = {indexType: ZVecIndexType.INVERT, enableRangeOptimization: true}

export function zvecSchema(space: Space, columns: Columns): ZVecCollectionSchema {
  const indexed = indexedScalars(space)
  return new ZVecCollectionSchema({
    name: 'documents',
    fields: [
      {name: docidColumn, dataType: ZVecDataType.INT64, indexParams: ranged},
      {name: longIdColumn, dataType: ZVecDataType.STRING},
      ...columns.scalars.map((column) => scalarSchema(column, indexed.has(column.field))),
    ],
    vectors: columns.vectors.map(({name, field, dimension}) => vectorSchema(space, {name, field, dimension})),
  })
}

function scalarSchema({name, stored}: ScalarColumn, indexed: boolean): ZVecFieldSchema {
  return {name, dataType: dataTypes[stored], ...(indexed ? {indexParams: ranged} : {})}
}

export {ranged as scalarIndexParams}

function vectorSchema(space: Space, column: {name: string; field: string; dimension: number}): ZVecVectorSchema {
  const index = vectorIndexOf(space, column.field)
  const metric = indexMetric(index)
  const {structure} = vectorIndexType(index.type).plan({params: index.params, metric})
  return {
    name: column.name,
    dataType: ZVecDataType.VECTOR_FP32,
    dimension: column.dimension,
    indexParams: indexParams(structure, metric),
  }
}

function indexParams(structure: Structure, metric: MetricType): NonNullable<ZVecVectorSchema['indexParams']> {
  const metricType = metric === 'L2' ? ZVecMetricType.L2 : ZVecMetricType.IP
  switch (structure.kind) {
    case 'FLAT':
      return {indexType: ZVecIndexType.FLAT, metricType}
    case 'HNSW':
      return {indexType: ZVecIndexType.HNSW, metricType, m: structure.m, efConstruction: structure.efConstruction}
    case 'IVF':
      return {indexType: ZVecIndexType.IVF, metricType, nList: structure.nList}
  }
}

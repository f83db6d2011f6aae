import {describe, expect, it} from 'vitest'
import {servedIndexTypes, vectorIndexFault, vectorIndexType} from '../../src/engine/index-types/registry.js'
import {metricOf} from '../../src/engine/metric.js'
import {indexedScalars, indexesOf} from '../../src/engine/space-indexes.js'
import {indexed, spaceOf, vectorField} from './spaces.js'

describe('index types', () => {
  it.each([
    ['HNSW', {}, {kind: 'HNSW', m: 32, efConstruction: 100}],
    ['HNSW', {nlinks: 16, efConstruction: 200}, {kind: 'HNSW', m: 16, efConstruction: 200}],
    ['IVFFLAT', {}, {kind: 'IVF', nList: 2048}],
    ['IVFPQ', {ncentroids: '128'}, {kind: 'IVF', nList: 128}],
    ['DISKANN_STATIC', {R: 32}, {kind: 'HNSW', m: 16, efConstruction: 100}],
    ['FLAT', {}, {kind: 'FLAT'}],
  ])('%s %j is served by %j', (type, params, structure) => {
    expect(vectorIndexType(type).plan({params, metric: 'L2'}).structure).toEqual(structure)
  })
  it.each(['IVFPQ', 'IVFRABITQ', 'DISKANN_STATIC'])('%s says that another structure serves it', (type) => {
    expect(vectorIndexType(type).plan({params: {}, metric: 'InnerProduct'}).note).toMatch(/^served by/)
  })
  it.each([
    ['HNSW', {}, {}, {ef: 64}],
    ['HNSW', {}, {efSearch: 100}, {ef: 100}],
    ['HNSW', {efSearch: 200}, {efSearch: 100}, {ef: 200}],
    ['IVFFLAT', {}, {}, {nprobe: 80}],
    ['IVFFLAT', {nprobe: 3}, {nprobe: 5}, {nprobe: 3}],
    ['DISKANN_STATIC', {l_search: 7}, {}, {ef: 7}],
  ])('%s looks as far as the request %j or else the index %j says', (type, request, index, effort) => {
    expect(vectorIndexType(type).effort(request, index)).toEqual(effort)
  })
  it.each(['BINARYIVF', 'GPU_IVFPQ', 'GPU_IVFFLAT', 'SSG', 'SCANN', 'IVFPQ_RELAYOUT', 'nonsense'])(
    '%s is refused',
    (type) => {
      expect(vectorIndexFault(type)).toMatch(/^index type not support: /)
      expect(() => vectorIndexType(type)).toThrow(/param_error/)
    },
  )
  it.each(servedIndexTypes)('%s has no fault', (type) => expect(vectorIndexFault(type)).toBeNull())
})

describe('the metric of a field', () => {
  it.each([
    ['L2 for HNSW', vectorField(4, 'HNSW', {}), 'L2'],
    ['InnerProduct for the others', vectorField(4, 'IVFFLAT', {}), 'InnerProduct'],
    ['what the index says', vectorField(4, 'HNSW', {metric_type: 'InnerProduct'}), 'InnerProduct'],
  ])('is %s', (_, field, metric) => expect(metricOf(spaceOf([field]), 'feature')).toBe(metric))
  it('is what an index at the top level says', () => {
    const space = spaceOf(
      [{name: 'feature', type: 'vector', dimension: 4}],
      [{name: 'g', type: 'FLAT', field_name: 'feature', params: {metric_type: 'L2'}}],
    )
    expect(metricOf(space, 'feature')).toBe('L2')
  })
})

describe('the indexes of a space', () => {
  const space = spaceOf(
    [
      vectorField(4),
      indexed('a', 'string'),
      {name: 'b', type: 'integer', index: {name: '', type: 'BITMAP'}},
      {name: 'c', type: 'string'},
      {name: 'd', type: 'string'},
    ],
    [
      {name: 'by_a', type: 'INVERTED', field_name: 'a'},
      {name: 'cb', type: 'COMPOSITE', field_names: ['c', 'b']},
    ],
  )
  it('are each named once', () => {
    expect(indexesOf(space).map(({name}) => name)).toEqual(['by_feature', 'by_a', '__idx__b_BITMAP', 'cb'])
  })
  it('cover the fields of a composite one, too', () =>
    expect([...indexedScalars(space)].sort()).toEqual(['a', 'b', 'c']))
})

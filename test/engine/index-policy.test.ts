import {describe, expect, it} from 'vitest'
import type {EngineStatus, IndexStatus} from '../../src/engine/engine.js'
import {type IndexingState, indexDue, shouldBuild} from '../../src/engine/index-policy.js'
import {spaceOf, vectorField} from './spaces.js'

const state: IndexingState = {
  documents: 100_000,
  indexed: 99_000,
  trainingThreshold: 0,
  automatic: true,
  refreshIntervalMs: 1000,
  quiet: false,
}

describe('an index is built', () => {
  it.each<[string, Partial<IndexingState>, boolean]>([
    ['not for a short tail while writing goes on', {}, false],
    ['for a tenth of the whole', {indexed: 90_000}, true],
    ['not for a tenth of little', {documents: 1_000, indexed: 0}, false],
    ['for the first 5,000', {documents: 5_000, indexed: 0}, true],
    ['for 50,000 however large the whole', {documents: 10_000_000, indexed: 9_950_000}, true],
    ['when writing has stopped', {quiet: true}, true],
    ['not for a handful beside many', {indexed: 99_950, quiet: true}, false],
    ['for a handful beside few', {documents: 10_000, indexed: 9_999, quiet: true}, true],
    ['not when all is indexed', {indexed: 100_000, quiet: true}, false],
    ['not below the training threshold', {indexed: 0, quiet: true, trainingThreshold: 100_001}, false],
    ['not where the space never refreshes', {indexed: 0, refreshIntervalMs: -1}, false],
    ['not where only a request builds', {indexed: 0, automatic: false}, false],
  ])('%s', (_, change, expected) => expect(shouldBuild({...state, ...change})).toBe(expected))
})

describe('a replica asks', () => {
  const status = (documents: number, indexed: number, indexStatus: IndexStatus = 0): EngineStatus => ({
    documents,
    indexed,
    indexStatus,
    indexes: {},
    bytesOnDisk: 0,
  })

  it('and hears yes when it saw the same twice', () => {
    const due = indexDue(spaceOf([vectorField(4, 'HNSW')]))
    expect([status(10, 0), status(20, 0), status(20, 0)].map(due)).toEqual([false, false, true])
  })
  it('and hears no while a build runs', () => {
    const due = indexDue(spaceOf([vectorField(4, 'HNSW')]))
    expect([status(20_000, 0, 1), status(20_000, 0, 1)].map(due)).toEqual([false, false])
  })
  it('in vain for a static index', () => {
    const due = indexDue(spaceOf([vectorField(4, 'DISKANN_STATIC')]))
    expect([status(20_000, 0), status(20_000, 0)].map(due)).toEqual([false, false])
  })
  it('in vain until an inverted file can be trained', () => {
    const due = indexDue(spaceOf([vectorField(4, 'IVFFLAT', {ncentroids: 100})]))
    expect([status(19_999, 0), status(20_000, 0)].map(due)).toEqual([false, true])
  })
})

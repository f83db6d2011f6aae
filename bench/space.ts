import type {Space} from '../src/entity/space.js'
import type {TestCluster} from '../test/harness/cluster.js'
import {dimension} from './vectors.js'

export const at = {db_name: 'bench', space_name: 'points'}

/** Creates the space, once. */
export async function createSpace(cluster: TestCluster, type: string, params: object): Promise<Space> {
  await cluster.ask('POST', '/dbs/bench')
  await cluster.ask('POST', '/dbs/bench/spaces?timeout=60000', {
    name: 'points',
    partition_num: 1,
    replica_num: 1,
    fields: [
      {name: 'n', type: 'integer', index: {name: 'n', type: 'INVERTED'}},
      {name: 'v', type: 'vector', dimension, index: {name: 'v', type, params: {metric_type: 'L2', ...params}}},
    ],
  })
  return cluster.ask<Space>('GET', '/cache/dbs/bench/spaces/points')
}

interface ReplicatedShape {
  readonly partitions: number
  readonly replicas: number
  readonly fields?: readonly object[]
}

/** A space of the db `bench`, which is there. */
export async function createReplicated(
  cluster: TestCluster,
  name: string,
  {partitions, replicas, fields = []}: ReplicatedShape,
): Promise<void> {
  const index = {name: 'v', type: 'HNSW', params: {metric_type: 'L2'}}
  await cluster.ask('POST', '/dbs/bench/spaces?timeout=300000', {
    name,
    partition_num: partitions,
    replica_num: replicas,
    fields: [{name: 'v', type: 'vector', dimension, index}, ...fields],
  })
}

/** Bodies of upserts, made beforehand so that making them is not measured. */
export function upsertBodies(
  batches: number,
  next: () => Float32Array,
  batchDocuments = 100,
  idPrefix = 'p',
): Buffer[] {
  return Array.from({length: batches}, (_, batch) => {
    const documents = Array.from({length: batchDocuments}, (_, index) => ({
      _id: `${idPrefix}${batch * batchDocuments + index}`,
      n: batch * batchDocuments + index,
      v: Array.from(next(), (x) => Number(x.toFixed(4))),
    }))
    return Buffer.from(JSON.stringify({...at, documents}))
  })
}

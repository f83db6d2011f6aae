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

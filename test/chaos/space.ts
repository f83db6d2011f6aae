/** The space that the clients of a run use, and what its documents look like. */
import {spaceId} from '../../src/entity/ids.js'
import type {ChaosCluster} from './cluster.js'

export const at = {db_name: 'db', space_name: 'kept'}
/** The first of a new cluster. */
export const space = spaceId(1)
export const spacePath = '/dbs/db/spaces/kept'
export const partitions = 3

/** With its partitions' groups on at most three servers each; resolves when it can be used. */
export async function createSpace(cluster: ChaosCluster): Promise<void> {
  await cluster.must('POST', '/dbs/db')
  await cluster.must('POST', '/dbs/db/spaces?timeout=30000', {
    name: 'kept',
    partition_num: partitions,
    replica_num: 3,
    fields: [
      {name: 'value', type: 'integer'},
      {name: 'era', type: 'integer', index: {name: 'era', type: 'INVERTED'}},
      {name: 'v', type: 'vector', dimension, index: {name: 'v', type: 'FLAT', params: {metric_type: 'L2'}}},
    ],
  })
}

const dimension = 2

/** A value names the write that it came from, and the vector follows from the value: what a search scores is known. */
export function documentOf(id: string, era: number, value: number) {
  return {_id: id, value, era, v: vectorOf(value)}
}

function vectorOf(value: number): number[] {
  return [value % 251, value % 241]
}

export const origin: readonly number[] = [0, 0]

/** The squared distance from the origin of the document with this value, exact in a float32. */
export function scoreOf(value: number): number {
  return vectorOf(value).reduce((sum, each) => sum + each * each, 0)
}

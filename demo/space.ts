/**
 * The demo's space, through the router's REST interface as any client would use it.
 */
import {routerUrl} from './cluster.js'
import {type Digit, pixels} from './digits.js'

const names = {db_name: 'demo', space_name: 'digits'}

export interface Neighbour {
  readonly _id: string
  readonly _score: number
  readonly digit: number
}

interface PartitionInfo {
  readonly index_num: number
  readonly index_build_state: Readonly<Record<string, string>>
}

interface Envelope {
  readonly code: number
  readonly msg?: string
  readonly data?: unknown
}

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${routerUrl}${path}`, {
    method,
    ...(body === undefined ? {} : {body: JSON.stringify(body)}),
  })
  const envelope = (await response.json()) as Envelope
  if (envelope.code !== 0) throw new Error(`${method} ${path}: ${envelope.code} ${envelope.msg}`)
  return envelope.data
}

export async function createSpace(): Promise<void> {
  await call('POST', '/dbs/demo')
  await call('POST', '/dbs/demo/spaces?timeout=30000', {
    name: 'digits',
    partition_num: 1,
    replica_num: 1,
    fields: [
      {name: 'digit', type: 'integer', index: {name: 'digit', type: 'INVERTED'}},
      {name: 'held_out', type: 'integer', index: {name: 'held_out', type: 'BITMAP'}},
      {
        name: 'image',
        type: 'vector',
        dimension: pixels,
        index: {
          name: 'image',
          type: 'HNSW',
          params: {metric_type: 'L2', nlinks: 32, efConstruction: 200, efSearch: 128},
        },
      },
    ],
  })
}

/** Upserts a batch; throws unless every document was written. */
export async function upsert(digits: readonly Digit[], isHeldOut: (digit: Digit) => boolean): Promise<void> {
  const documents = digits.map((digit) => ({
    _id: digit.id,
    digit: digit.digit,
    held_out: isHeldOut(digit) ? 1 : 0,
    image: digit.image,
  }))
  const {total} = (await call('POST', '/document/upsert?timeout=60000', {...names, documents})) as {total: number}
  if (total !== documents.length) throw new Error(`only ${total} of ${documents.length} documents were written`)
}

/** Indexes everything now and waits until it is done, reporting the number of indexed documents. */
export async function index(documents: number, onProgress: (indexed: number) => void): Promise<void> {
  await call('POST', '/index/forcemerge', names)
  for (;;) {
    const {partitions} = (await call('GET', '/dbs/demo/spaces/digits')) as {partitions: PartitionInfo[]}
    if (partitions.some((partition) => partition.index_build_state.image === 'FAILED')) {
      throw new Error('the index could not be built: see the log of the cluster')
    }
    const indexed = partitions.reduce((sum, partition) => sum + partition.index_num, 0)
    onProgress(indexed)
    if (indexed >= documents) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** The nearest digits that were not held out, best first; `exact` scans instead of using the index. */
export async function neighbours(digit: Digit, limit: number, options: {exact: boolean}): Promise<Neighbour[]> {
  const {documents} = (await call('POST', '/document/search', {
    ...names,
    limit,
    vectors: [{field: 'image', feature: digit.image}],
    filters: {operator: 'AND', conditions: [{field: 'held_out', operator: '=', value: 0}]},
    fields: ['digit'],
    is_brute_search: options.exact ? 1 : 0,
  })) as {documents: Neighbour[][]}
  return documents[0] ?? []
}

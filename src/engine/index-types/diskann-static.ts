import {hnsw} from './hnsw.js'
import {positive, type VectorIndexType} from './index-type.js'

/**
 * Built by forcemerge or rebuild only; what came after that is scanned until the next one.
 *
 * zvec 0.7.0 has a DISKANN, which we do not use: after a second build a search for all of 399 documents finds 305, by scan,
 * too; under inner product it finds 4 of the 10 nearest among 3,000.
 */
export const diskannStatic: VectorIndexType = {
  plan: ({params}) => ({
    structure: {kind: 'HNSW', m: Math.ceil(positive(params, 'R', 64) / 2), efConstruction: positive(params, 'L', 100)},
    note: 'served by HNSW in memory: the graph on disk lost documents',
  }),
  effort: (request, index) =>
    hnsw.effort({efSearch: positive(request, 'l_search', positive(index, 'l_search', 100))}, {}),
  trainingThreshold: () => 0,
  automatic: false,
}

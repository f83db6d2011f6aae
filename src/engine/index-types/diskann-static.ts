import {hnsw} from './hnsw.js'
import {positive, type VectorIndexType} from './index-type.js'

/** Built by forcemerge or rebuild only; what came after that is scanned until the next one. */
export const diskannStatic: VectorIndexType = {
  plan({params, metric}) {
    const degree = positive(params, 'R', 64)
    const listSize = positive(params, 'L', 100)
    if (metric === 'L2') return {structure: {kind: 'DISKANN', maxDegree: degree, listSize}}
    // Under inner product zvec 0.7.0 finds 4 of the 10 nearest among 3,000 vectors, its linear mode no more.
    return {
      structure: {kind: 'HNSW', m: Math.ceil(degree / 2), efConstruction: listSize},
      note: 'served by HNSW in memory: the graph on disk loses neighbours under InnerProduct',
    }
  },
  effort(request, index) {
    const width = positive(request, 'l_search', positive(index, 'l_search', 100))
    return {listSize: width, ...hnsw.effort({efSearch: width}, {})}
  },
  trainingThreshold: () => 0,
  automatic: false,
}

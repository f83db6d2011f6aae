import {positive, type VectorIndexType} from './index-type.js'

export const hnsw: VectorIndexType = {
  plan: ({params}) => ({
    structure: {
      kind: 'HNSW',
      m: positive(params, 'nlinks', 32),
      efConstruction: positive(params, 'efConstruction', 100),
    },
  }),
  effort: (request, index) => ({ef: positive(request, 'efSearch', positive(index, 'efSearch', 64))}),
  trainingThreshold: () => 0,
  automatic: true,
}

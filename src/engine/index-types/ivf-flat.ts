import {positive, type VectorIndexType} from './index-type.js'

const centroidsDefault = 2048

export const ivfFlat: VectorIndexType = {
  plan: ({params}) => ({structure: {kind: 'IVF', nList: positive(params, 'ncentroids', centroidsDefault)}}),
  effort: (request, index) => ({nprobe: positive(request, 'nprobe', positive(index, 'nprobe', 80))}),
  trainingThreshold: (params) =>
    positive(params, 'training_threshold', positive(params, 'ncentroids', centroidsDefault) * 200),
  automatic: true,
}

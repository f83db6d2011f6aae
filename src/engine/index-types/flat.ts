import type {VectorIndexType} from './index-type.js'

export const flat: VectorIndexType = {
  plan: () => ({structure: {kind: 'FLAT'}}),
  effort: () => ({}),
  trainingThreshold: () => 0,
  automatic: true,
}

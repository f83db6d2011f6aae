import type {VectorIndexType} from './index-type.js'
import {ivfFlat} from './ivf-flat.js'

/** The same lists, with full vectors in them: more memory than a product quantiser, exact scores, better recall. */
export const ivfPq: VectorIndexType = {
  ...ivfFlat,
  plan: (index) => ({...ivfFlat.plan(index), note: 'served by IVF with full vectors: there is no product quantiser'}),
}

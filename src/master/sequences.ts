/**
 * Ids that are taken in the transaction that uses them: if it does not happen, none is lost; if it does, nobody else has them.
 */
import type {SequenceName} from '../meta/keys.js'
import type {CallOptions, Compare, Operation} from '../meta/store.js'
import type {Cluster} from './cluster.js'

export interface NextIds {
  /** The first of `count` consecutive ids. */
  readonly first: number
  /** The revision at which the sequence was last moved; 0 if never. */
  readonly modRevision: number
  readonly compare: readonly Compare[]
  readonly put: Operation
}

export async function nextIds(
  {repository}: Cluster,
  sequence: SequenceName,
  count: number,
  options: CallOptions,
): Promise<NextIds> {
  const key = repository.keys.sequence(sequence)
  const kv = await repository.store.get(key, options)
  const last = kv === null ? 0 : Number(new TextDecoder().decode(kv.value))
  const modRevision = kv?.modRevision ?? 0
  return {
    first: last + 1,
    modRevision,
    compare: [kv === null ? {key, target: 'version', equals: 0} : {key, target: 'modRevision', equals: modRevision}],
    put: {type: 'put', key, value: String(last + count)},
  }
}

import {type SequenceName, sequences} from '../../meta/keys.js'
import type {ClusterPicture} from './picture.js'
import type {Known} from './record.js'

export interface SequenceUse {
  readonly sequence: SequenceName
  readonly key: string
  readonly record: Known<string> | null
  /** The last id given out, 0 if none was; null where the key holds no number. */
  readonly last: number | null
  /** The highest id that anything carries. */
  readonly highest: number
}

export function idsInUse({metadata, partitions}: Pick<ClusterPicture, 'metadata' | 'partitions'>): SequenceUse[] {
  const {servers, failServers, spaces, dbs, dbNames, keys} = metadata
  const holders = new Set<number>()
  for (const {replicas} of partitions.values()) for (const node of replicas.keys()) holders.add(node)
  const inUse: Readonly<Record<SequenceName, readonly Iterable<number>[]>> = {
    node: [servers.keys(), failServers.keys(), holders],
    space: [spaces.keys()],
    db: [dbs.keys(), dbNames.keys()],
    partition: [partitions.keys()],
  }
  return sequences.map((sequence) => {
    const record = metadata.sequences.get(sequence) ?? null
    const last = record === null ? 0 : Number(record.value)
    const isNumber = record === null || (/^\d+$/.test(record.value) && Number.isSafeInteger(last))
    return {
      sequence,
      key: keys.sequence(sequence),
      record,
      last: isNumber ? last : null,
      highest: highestOf(inUse[sequence]),
    }
  })
}

function highestOf(sources: readonly Iterable<number>[]): number {
  let highest = 0
  for (const ids of sources) for (const id of ids) highest = Math.max(highest, id)
  return highest
}

/**
 * The id sequences: what they would give out next, and whether that is free.
 */
import {CodedError} from '../errors/coded-error.js'
import type {ParsedKey, SequenceName} from '../meta/keys.js'
import {decodeRecord, type MetaRepository} from '../meta/repository.js'
import {Sequence} from '../meta/sequence.js'
import type {Listing} from './listing.js'
import type {Session} from './session.js'

export interface SequenceRow {
  readonly sequence: SequenceName
  readonly key: string
  /** The last id given out; 0 if none was. */
  readonly last: number | null
  readonly next: number | null
  readonly maxInUse: number
  /** `behind`: the next id is in use already. `broken`: the key does not hold a number. */
  readonly status: 'ok' | 'behind' | 'broken'
}

/** Looks only. */
export async function peekSequences(session: Session, names: readonly SequenceName[]): Promise<Listing<SequenceRow>> {
  const meta = await session.meta()
  const {revision} = await meta.store.range(meta.keys.sequence('node'), {signal: session.signal})
  const rows: SequenceRow[] = []
  const problems: string[] = []
  for (const sequence of names) {
    const key = meta.keys.sequence(sequence)
    const maxInUse = await highestInUse(meta, sequence, session.signal)
    try {
      const {last, next} = await new Sequence(meta.store, key).peek({signal: session.signal})
      rows.push({sequence, key, last, next, maxInUse, status: last < maxInUse ? 'behind' : 'ok'})
    } catch (thrown) {
      if (!(thrown instanceof CodedError) || thrown.errorName !== 'DATA_CORRUPT') throw thrown
      problems.push(thrown.detail)
      rows.push({sequence, key, last: null, next: null, maxInUse, status: 'broken'})
    }
  }
  return {rows, source: await session.source(revision), problems}
}

export interface AllocatedId {
  readonly sequence: SequenceName
  readonly id: number
}

/** Takes `count` ids for good. */
export async function allocateIds(
  session: Session,
  sequence: SequenceName,
  count: number,
): Promise<Listing<AllocatedId>> {
  const {store, keys} = await session.meta()
  const first = await new Sequence(store, keys.sequence(sequence)).allocate(count, {signal: session.signal})
  return {rows: Array.from({length: count}, (_, index) => ({sequence, id: first + index})), source: null, problems: []}
}

/** The highest id that a key, or for partitions a space's record, carries. */
async function highestInUse(meta: MetaRepository, sequence: SequenceName, signal: AbortSignal): Promise<number> {
  const {keys, store} = meta
  const prefixes: Readonly<Record<SequenceName, readonly string[]>> = {
    node: [keys.serverPrefix, keys.failServerPrefix],
    space: [keys.spacePrefix],
    db: [keys.dbPrefix],
    partition: [keys.partitionPrefix],
  }
  let highest = 0
  for (const prefix of prefixes[sequence]) {
    for await (const {kvs} of store.pages(prefix, {signal, keysOnly: true})) {
      for (const {key} of kvs) highest = Math.max(highest, idOf(keys.parse(key)))
    }
  }
  if (sequence !== 'partition') return highest
  for await (const {kvs} of store.pages(keys.spacePrefix, {signal})) {
    for (const {value} of kvs) highest = Math.max(highest, ...partitionIdsIn(value))
  }
  return highest
}

function idOf(parsed: ParsedKey): number {
  return 'id' in parsed && Number.isSafeInteger(parsed.id) ? parsed.id : 0
}

/** None for a record that cannot be read. */
function partitionIdsIn(value: Uint8Array): number[] {
  try {
    const {partitions = []} = decodeRecord<{partitions?: readonly {id: number}[]}>(value)
    return partitions.map(({id}) => id).filter(Number.isSafeInteger)
  } catch {
    return []
  }
}

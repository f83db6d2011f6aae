/**
 * The id sequences: what they would give out next, and whether that is free.
 */
import {CodedError} from '../../errors/coded-error.js'
import {type Keys, type ParsedKey, type SequenceName, sequences} from '../../meta/keys.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import {decodeRecord} from '../../meta/repository.js'
import {lastIdIn} from '../../meta/sequence.js'
import type {GuardedWriter} from '../changes/guarded-writer.js'
import {type Proposal, proposal} from '../changes/proposal.js'
import type {Listing} from '../listing.js'
import {type PreparedChange, stepOf} from './record-change.js'

export interface SequenceRow {
  readonly sequence: SequenceName
  readonly key: string
  /** The last id given out; 0 if none was. */
  readonly last: number | null
  readonly next: number | null
  readonly maxInUse: number
  /** `behind`: the next id is in use already. `broken`: the key does not hold a number. */
  readonly status: 'ok' | 'behind' | 'broken'
  /** Ids left before they no longer fit; null where the key does not hold a number. */
  readonly headroom: number | null
  readonly modRevision: number | null
}

/** Vearch keeps partition ids in 32 bits; the others in a signed 64, of which JSON carries 53. */
const idMax: Readonly<Record<SequenceName, number>> = {
  node: Number.MAX_SAFE_INTEGER,
  space: Number.MAX_SAFE_INTEGER,
  db: Number.MAX_SAFE_INTEGER,
  partition: 4_294_967_295,
}

/** Looks only. */
export async function peekSequences(meta: MetaReading, names: readonly SequenceName[]): Promise<Listing<SequenceRow>> {
  const rows: SequenceRow[] = []
  const warnings: string[] = []
  for (const sequence of names) {
    const key = meta.keys.sequence(sequence)
    const kv = await meta.get(key)
    const last = lastIdIn(kv)
    const maxInUse = await highestInUse(meta, sequence)
    const found = {sequence, key, maxInUse, modRevision: kv?.modRevision ?? null}
    if (last === null) {
      warnings.push(`${key} does not hold a number`)
      rows.push({...found, last: null, next: null, status: 'broken', headroom: null})
    } else {
      const status = last < maxInUse ? 'behind' : 'ok'
      rows.push({...found, last, next: last + 1, status, headroom: idMax[sequence] - last})
    }
  }
  return {rows, source: sourceOf(meta), warnings}
}

export interface AllocatedId {
  readonly sequence: SequenceName
  readonly id: number
}

export function allocationPlan(keys: Keys, sequence: SequenceName, count: number): Proposal {
  const ids = count === 1 ? 'an id' : `${count} ids`
  const step = {
    step: `take ${ids} of sequence ${sequence}`,
    subject: keys.sequence(sequence),
    before: null,
    after: null,
  }
  return proposal('ids next', [step], {needsApproval: false})
}

/** Takes `count` ids for good. */
export async function allocateIds(
  writer: GuardedWriter,
  sequence: SequenceName,
  count: number,
): Promise<Listing<AllocatedId>> {
  const {value: first} = await writer.allocate('ids next', sequence, count)
  const rows = Array.from({length: count}, (_, index) => ({sequence, id: first + index}))
  return {rows, source: null, warnings: []}
}

/** The same of all sequences, as a verdict: `critical` where the next id is in use already, or cannot be told. */
export async function checkSequences(meta: MetaReading): Promise<Listing<SequenceRow>> {
  const listing = await peekSequences(meta, sequences)
  return {...listing, exit: listing.rows.every(({status}) => status === 'ok') ? 'ok' : 'critical'}
}

/** Upwards only: an id that may have been given out must not be given out again. Errors: GUARD_FAILED, USAGE. */
export async function prepareBump(meta: MetaReading, sequence: SequenceName, to: number): Promise<PreparedChange> {
  const key = meta.keys.sequence(sequence)
  if (to > idMax[sequence]) throw new CodedError('USAGE', `${to} is more than ids of ${sequence} can be`)
  const before = await meta.get(key)
  const floor = Math.max(lastIdIn(before) ?? 0, await highestInUse(meta, sequence))
  if (to < floor) {
    throw new CodedError('GUARD_FAILED', `sequence ${sequence} has come to ${floor}: ${to} would give ids out again`, {
      hint: `vearchctl ids bump ${sequence} --to ${floor}`,
    })
  }
  const change = {key, before, after: String(to)}
  return {plan: proposal('ids bump', [stepOf(meta, change)]), changes: [change]}
}

/** The highest id that a key, or for partitions a space's record, carries. */
async function highestInUse(meta: MetaReading, sequence: SequenceName): Promise<number> {
  const {keys} = meta
  const prefixes: Readonly<Record<SequenceName, readonly string[]>> = {
    node: [keys.serverPrefix, keys.failServerPrefix],
    space: [keys.spacePrefix],
    db: [keys.dbPrefix],
    partition: [keys.partitionPrefix],
  }
  let highest = 0
  for (const prefix of prefixes[sequence]) {
    for await (const {key} of meta.scan(prefix, {keysOnly: true})) highest = Math.max(highest, idOf(keys.parse(key)))
  }
  if (sequence !== 'partition') return highest
  for await (const {value} of meta.scan(keys.spacePrefix)) highest = Math.max(highest, ...partitionIdsIn(value))
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

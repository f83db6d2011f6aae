/**
 * The metadata as it was at a time. A store counts its changes and keeps no times, so the revision is found by what is dated:
 * partitions say when they were last registered, changes of replicas, failures and cordons when they began, and the journal of this
 * machine when each of its changes was made.
 *
 * The answer is the last revision at which nothing is dated later. A change that carries no time, made after the last dated one,
 * may be in it; whoever shows the answer says so.
 */
import {isObject} from '../../entity/json.js'
import {CodedError} from '../../errors/coded-error.js'
import type {MetaReading} from '../../meta/reading.js'
import {decodeRecord} from '../../meta/repository.js'
import type {JournalledChange} from '../changes/journal.js'

export interface RevisionSearch {
  /** Wall milliseconds. */
  readonly timeMs: number
  /** Null: as it is now. */
  readingAt(revision: number | null): Promise<MetaReading>
  readonly journal: readonly JournalledChange[]
}

/** Errors: META_COMPACTED where that is too long ago; NOT_FOUND where nothing is dated. */
export async function revisionAt({timeMs, readingAt, journal}: RevisionSearch): Promise<number> {
  const now = await readingAt(null)
  const latestNow = await latestDate(now)
  const [least, most] = journalBounds(journal, timeMs, now.revision)
  if (latestNow === null && journal.length === 0) {
    throw new CodedError('NOT_FOUND', 'nothing in the metadata says a time', {hint: 'name a revision'})
  }
  const stand = async (revision: number): Promise<Stand> => {
    const latest = revision === now.revision ? latestNow : await latestAt(revision, readingAt)
    if (latest === 'compacted') return latest
    return latest !== null && latest > timeMs ? 'later' : 'fits'
  }
  const found = await lastThatIsNotLater(least, most, stand)
  if ((await stand(found)) === 'fits') return found
  throw new CodedError('META_COMPACTED', `the history that is left begins after ${new Date(timeMs).toISOString()}`, {
    hint: 'read a snapshot or a backup of then, with --snapshot FILE',
  })
}

/** Of a revision: whether something in it is dated later than what is looked for, or whether it is no more. */
type Stand = 'fits' | 'later' | 'compacted'

/** Revisions that are compacted come first, then those that fit, then those that are later. */
async function lastThatIsNotLater(
  least: number,
  most: number,
  stand: (revision: number) => Promise<Stand>,
): Promise<number> {
  let [low, high] = [least, most]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((await stand(middle)) === 'later') high = middle - 1
    else low = middle
  }
  return low
}

/** What the journal knows for certain: a revision that was there by then, and one that was not yet. */
function journalBounds(
  journal: readonly JournalledChange[],
  timeMs: number,
  now: number,
): [least: number, most: number] {
  let [least, most] = [1, now]
  for (const {end} of journal) {
    if (end?.phase !== 'done' || end.revision === null) continue
    if (Date.parse(end.at) <= timeMs) least = Math.max(least, end.revision)
    else most = Math.min(most, end.revision - 1)
  }
  return least <= most ? [least, most] : [1, now]
}

async function latestAt(
  revision: number,
  readingAt: RevisionSearch['readingAt'],
): Promise<number | null | 'compacted'> {
  try {
    return await latestDate(await readingAt(revision))
  } catch (thrown) {
    // a backup has its own revision alone
    if (thrown instanceof CodedError && ['META_COMPACTED', 'NOT_FOUND'].includes(thrown.errorName)) return 'compacted'
    throw thrown
  }
}

/** Wall milliseconds; null where nothing is dated. */
async function latestDate(meta: MetaReading): Promise<number | null> {
  const {keys} = meta
  let latest: number | null = null
  for (const prefix of [keys.partitionPrefix, keys.replicaChangePrefix, keys.failServerPrefix, keys.cordonPrefix]) {
    for await (const {value} of meta.scan(prefix)) {
      for (const ms of datesIn(value)) latest = Math.max(latest ?? 0, ms)
    }
  }
  return latest
}

function datesIn(value: Uint8Array): number[] {
  const {update_time: ns, since, time_stamp: failed, sinceMs} = objectIn(value)
  const dates = [scaled(ns, 1e-6), scaled(since, 1_000), scaled(failed, 1_000), scaled(sinceMs, 1)]
  return dates.filter((ms) => ms > 0)
}

function scaled(value: unknown, toMs: number): number {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) * toMs : 0
}

function objectIn(value: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const record = decodeRecord(value)
    return isObject(record) ? record : {}
  } catch {
    return {}
  }
}

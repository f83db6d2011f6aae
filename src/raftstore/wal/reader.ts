/**
 * Entries from disk: neighbours in one read. The kernel keeps the pages that were written last, so there is no cache of our own.
 */
import {assert} from '../../errors/assert.js'
import type {LogEntry} from '../log.js'
import type {EntryPosition} from './entry-positions.js'
import type {GroupState} from './group-state.js'
import type {LogState} from './log-state.js'
import {RecordKind, recordAt, recordHeaderBytes} from './record.js'
import {corrupt, type Segment} from './segment.js'

/** Of one read, unless a single entry is longer. */
const readBytesMax = 1024 * 1024
/** Records of other groups in between that are read along rather than skipped. */
const gapBytesMax = 32 * 1024

export async function* readEntries(log: LogState, groupId: number, from: number): AsyncGenerator<LogEntry> {
  let next = from
  for (;;) {
    const group = log.groups.get(groupId)
    if (group === undefined || next > group.lastIndex) return
    const run = neighbours(group, next)
    const segment = log.segments.get(run[0]?.segment ?? 0)
    assert(segment !== undefined, 'a live entry has its segment')
    for (const entry of await readRun(segment, groupId, next, run)) yield entry
    next += run.length
  }
}

/** The entry at `index` and those after it that lie close enough behind it. */
function neighbours(group: GroupState, index: number): EntryPosition[] {
  const first = group.entries.at(index)
  assert(first !== null, 'only entries that are kept can be read')
  const run = [first]
  let end = endOf(first)
  for (let position = group.entries.at(index + 1); position !== null; position = group.entries.at(index + run.length)) {
    const near = position.segment === first.segment && position.offset - end <= gapBytesMax
    if (!near || endOf(position) - first.offset > readBytesMax) break
    run.push(position)
    end = endOf(position)
  }
  return run
}

async function readRun(
  segment: Segment,
  group: number,
  from: number,
  run: readonly EntryPosition[],
): Promise<LogEntry[]> {
  const start = run[0]?.offset ?? 0
  const last = run.at(-1)
  const bytes = Buffer.allocUnsafe((last === undefined ? start : endOf(last)) - start)
  await segment.whileReading((file) => file.read(bytes, start))
  return run.map(({offset, term}, at) => {
    const record = recordAt(bytes, offset - start, segment.salt)
    const index = from + at
    const expected = record?.kind === RecordKind.entry && record.group === group && record.index === index
    if (!expected || record.term !== term)
      throw corrupt(segment.path, offset, `entry ${index} of group ${group} is damaged`)
    return {index, term, payload: record.payload}
  })
}

function endOf({offset, bytes}: EntryPosition): number {
  return offset + recordHeaderBytes + bytes
}

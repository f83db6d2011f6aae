/**
 * What the log knows in memory: its segments and its groups. Changed by records only, and in the order in which they
 * are on disk: when they have become durable, and again when they are read after a restart.
 */
import {assert, unreachable} from '../../errors/assert.js'
import type {HardState} from '../log.js'
import type {FooterEntry} from './footer.js'
import {GroupState, type GroupSummary, noSegment} from './group-state.js'
import {decodeOpening} from './opening.js'
import {RecordKind, type WalRecord} from './record.js'
import type {Segment} from './segment.js'

export class LogState {
  readonly groups = new Map<number, GroupState>()
  /** By sequence, oldest first. */
  readonly segments = new Map<number, Segment>()

  group(id: number): GroupState {
    let group = this.groups.get(id)
    if (group === undefined) {
      group = new GroupState(id, (sequence) => this.#release(sequence))
      this.groups.set(id, group)
    }
    return group
  }

  apply(record: WalRecord, offset: number, segment: Segment): void {
    const {kind, index, term, payload} = record
    switch (kind) {
      case RecordKind.opening:
        this.#adopt(decodeOpening(payload))
        break
      case RecordKind.entry:
        this.addEntry({group: record.group, index, term, offset, bytes: payload.length}, segment)
        break
      case RecordKind.hardState:
        this.group(record.group).hardState = {term, vote: decodeVote(payload), commit: index}
        break
      case RecordKind.truncateSuffix:
        this.group(record.group).truncateSuffix(index)
        break
      case RecordKind.truncatePrefix:
        this.group(record.group).truncatePrefix(index, term)
        break
      case RecordKind.dropGroup:
        this.#drop(record.group)
        break
      case RecordKind.footer:
        break
      default:
        unreachable(kind)
    }
  }

  addEntry({group, index, offset, bytes, term}: FooterEntry, segment: Segment): void {
    segment.live += 1
    this.group(group).append(index, {segment: segment.sequence, offset, bytes, term})
  }

  /** A record that says what is known already; null while there is no group that it could be of. */
  idleRecord(): WalRecord | null {
    for (const {id, hardState} of this.groups.values()) return hardStateRecord(id, hardState)
    return null
  }

  summaries(): GroupSummary[] {
    return [...this.groups.values()].map((group) => group.summary())
  }

  /** Groups that a segment does not name at its head were dropped before it was begun. */
  #adopt(summaries: readonly GroupSummary[]): void {
    const named = new Set(summaries.map(({group}) => group))
    for (const id of this.groups.keys()) if (!named.has(id)) this.#drop(id)
    for (const summary of summaries) this.group(summary.group).adopt(summary)
  }

  #drop(id: number): void {
    this.groups.get(id)?.drop()
    this.groups.delete(id)
  }

  #release(sequence: number): void {
    if (sequence === noSegment) return
    const segment = this.segments.get(sequence)
    assert(segment !== undefined && segment.live > 0, 'a segment is kept as long as it holds a live entry')
    segment.live -= 1
  }
}

export function hardStateRecord(group: number, {term, vote, commit}: HardState): WalRecord {
  const payload = Buffer.allocUnsafe(8)
  payload.writeDoubleLE(vote, 0)
  return {kind: RecordKind.hardState, group, index: commit, term, payload}
}

function decodeVote(payload: Uint8Array): number {
  return new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getFloat64(0, true)
}

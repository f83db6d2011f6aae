/**
 * The record that opens a segment: every group and how far it is. With it no earlier segment is needed for anything but
 * the entries in it, so any sealed one whose entries are all cut off can go, in whatever order.
 *
 * Payload: u32 group | f64 first index | f64 prefix term | f64 last index | f64 term | f64 vote | f64 commit, per group.
 */
import type {GroupSummary} from './group-state.js'
import {RecordKind, recordHeaderBytes, type WalRecord} from './record.js'

const summaryBytes = 52

/** Of the record for as many groups. */
export function openingBytes(groups: number): number {
  return recordHeaderBytes + groups * summaryBytes
}

export function openingRecord(groups: readonly GroupSummary[]): WalRecord {
  const payload = Buffer.allocUnsafe(groups.length * summaryBytes)
  let at = 0
  for (const {group, firstIndex, prefixTerm, lastIndex, hardState} of groups) {
    payload.writeUInt32LE(group, at)
    payload.writeDoubleLE(firstIndex, at + 4)
    payload.writeDoubleLE(prefixTerm, at + 12)
    payload.writeDoubleLE(lastIndex, at + 20)
    payload.writeDoubleLE(hardState.term, at + 28)
    payload.writeDoubleLE(hardState.vote, at + 36)
    payload.writeDoubleLE(hardState.commit, at + 44)
    at += summaryBytes
  }
  return {kind: RecordKind.opening, group: 0, index: 0, term: 0, payload}
}

export function decodeOpening(payload: Uint8Array): GroupSummary[] {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  const groups: GroupSummary[] = []
  for (let at = 0; at < bytes.length; at += summaryBytes) {
    groups.push({
      group: bytes.readUInt32LE(at),
      firstIndex: bytes.readDoubleLE(at + 4),
      prefixTerm: bytes.readDoubleLE(at + 12),
      lastIndex: bytes.readDoubleLE(at + 20),
      hardState: {
        term: bytes.readDoubleLE(at + 28),
        vote: bytes.readDoubleLE(at + 36),
        commit: bytes.readDoubleLE(at + 44),
      },
    })
  }
  return groups
}

/** What the log holds, and what is durable beside it (paper, figure 2). */
import type {NodeId} from '../entity/ids.js'
import type {Membership} from './membership.js'

interface Position {
  /** From 1, without gaps. */
  readonly index: number
  readonly term: number
}

/** A leader's first entry: what came before can be committed by counting only once an entry of its own term is (§5.4.2). */
export interface EmptyEntry extends Position {
  readonly kind: 'empty'
}

export interface CommandEntry extends Position {
  readonly kind: 'command'
  readonly payload: Uint8Array
}

/** The whole membership, not the change: a member that starts with an empty log needs no other source for it. */
export interface MembershipEntry extends Position {
  readonly kind: 'membership'
  readonly membership: Membership
}

/** Never mutated, and shared between log, messages and bundles. */
export type Entry = EmptyEntry | CommandEntry | MembershipEntry

/** What a node must not forget beside its entries. */
export interface HardState {
  readonly term: number
  readonly vote: NodeId | null
  readonly commit: number
}

/** A state of the machine: everything up to and including `index` applied. The data travels apart from the core. */
export interface SnapshotMeta extends Position {
  /** In force at `index`. */
  readonly membership: Membership
}

/** Beside its payload an entry is charged a fixed part, so that bounds in bytes bound the number of small entries too. */
export const entryOverheadBytes = 32
const memberBytes = 8

export function entryBytes(entry: Entry): number {
  if (entry.kind === 'command') return entryOverheadBytes + entry.payload.length
  if (entry.kind === 'empty') return entryOverheadBytes
  const {voters, votersOutgoing, learners, learnersNext} = entry.membership
  const members = voters.length + votersOutgoing.length + learners.length + learnersNext.length
  return entryOverheadBytes + memberBytes * members
}

/** The longest prefix within `bytesMax`, but never nothing: a large entry travels alone. */
export function withinBytes(entries: readonly Entry[], bytesMax: number): readonly Entry[] {
  let bytes = 0
  for (const [at, entry] of entries.entries()) {
    bytes += entryBytes(entry)
    if (at > 0 && bytes > bytesMax) return entries.slice(0, at)
  }
  return entries
}

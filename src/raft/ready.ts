import type {NodeId} from '../entity/ids.js'
import type {Entry, HardState, SnapshotMeta} from './entry.js'
import type {Membership} from './membership.js'
import type {Message} from './message.js'
import type {ReadState} from './reads.js'
import type {Role} from './state.js'

/** Lost at a restart, of interest to whoever watches. */
export interface SoftState {
  readonly role: Role
  readonly leader: NodeId | null
  readonly term: number
}

export interface LogRange {
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

/**
 * One bundle of work for the shell. Several may be under way: each is acknowledged by `persisted(number)`, in order, once it and
 * all before it are durable, even if it holds nothing to write.
 */
export interface Ready {
  readonly number: number
  /** Null if unchanged. Its commit index claims nothing that was not durable before: it may be written before or after `entries`. */
  readonly hardState: HardState | null
  /** To be installed in place of state and log, before `entries`; its data has arrived with the message. */
  readonly snapshot: SnapshotMeta | null
  /** To be appended; where the log has entries from the first one's index on, they are replaced. */
  readonly entries: readonly Entry[]
  /** Whether losing this bundle would break a promise; a new commit index alone need not be synced. */
  readonly mustSync: boolean
  /** May go now, before anything is written. */
  readonly messages: readonly Message[]
  /** Must wait until this bundle and all before it are durable. */
  readonly messagesAfter: readonly Message[]
  /** To be applied, in order, bundle after bundle; already durable here. Acknowledged by `applied(index)`. */
  readonly committed: readonly Entry[]
  /** The membership from `index` on, for each entry of `committed` that changed it: a snapshot needs it. */
  readonly memberships: readonly {readonly index: number; readonly membership: Membership}[]
  readonly reads: readonly ReadState[]
  /** Null if unchanged. */
  readonly softState: SoftState | null
  /** To be brought into memory, or as much of it as may be; answered by `entriesLoaded()`. */
  readonly entriesWanted: readonly LogRange[]
  /** A follower needs a snapshot and `LogReader.snapshot()` has none. */
  readonly snapshotWanted: boolean
}

import type {NodeId} from '../entity/ids.js'
import type {SnapshotMeta} from '../raft/entry.js'

/** How a state travels as a whole, to members that the log no longer reaches. */
export interface Snapshots {
  /** The newest that can be sent; null if there is none. */
  newest(): SnapshotMeta | null
  /** A member needs one, and there is none that the log goes on after. */
  wanted(): void
  /** Resolves when the member has all of it. */
  send(to: NodeId, snapshot: SnapshotMeta): Promise<void>
  /**
   * Makes the state that has arrived the one on disk, and the log go on after it; durable on return. True if the machine has
   * it now; false if a new machine must be made from disk, and this replica ends.
   */
  install(snapshot: SnapshotMeta): Promise<boolean>
}

/** How much of a partition's log its server may let go of: decided from figures alone. */

export interface LogFigures {
  readonly firstIndex: number
  readonly lastIndex: number
  /** A restart begins at a checkpoint that has this much: what comes after it is never let go. */
  readonly checkpointedIndex: number
  /** Nobody else could still need an entry. */
  readonly isAlone: boolean
  /** Another member is being sent a checkpoint, and needs what comes after it. */
  readonly isSending: boolean
  /** The group keeps more of the node's log on disk than it may: whoever lacks what goes gets a checkpoint. */
  readonly isPinning: boolean
  /** `ps.raft_retain_logs`: entries that are kept for members that are a little behind. */
  readonly retained: number
  /** `ps.raft_truncate_count`: to let go of fewer is not worth it. */
  readonly countMin: number
}

/** The last entry that may go; null if none should. */
export function releaseIndex(figures: LogFigures): number | null {
  const {firstIndex, lastIndex, checkpointedIndex, isAlone, isSending, isPinning, retained, countMin} = figures
  if (isPinning) return checkpointedIndex < firstIndex ? null : checkpointedIndex
  if (isSending) return null
  const index = isAlone ? checkpointedIndex : Math.min(checkpointedIndex, lastIndex - retained)
  return index - firstIndex + 1 < countMin ? null : index
}

/** When a checkpoint is worth its copy: decided from figures alone. */

/** Replaying this much of the log takes seconds. */
const logBytesMin = 64 * 1024 * 1024
/** Copying an engine costs about as much as replaying half of its size. */
const engineShare = 0.5

export interface CheckpointFigures {
  /** Bytes of the commands applied since the last checkpoint. */
  readonly changedBytes: number
  readonly changedEntries: number
  readonly engineBytes: number
  readonly sinceLastMs: number
  /** `ps.flush_time_interval`. */
  readonly intervalMs: number
}

export type CheckpointReason = 'log has grown' | 'interval has passed'

export function checkpointReason(figures: CheckpointFigures): CheckpointReason | null {
  if (figures.changedEntries === 0) return null
  if (figures.changedBytes > Math.max(logBytesMin, figures.engineBytes * engineShare)) return 'log has grown'
  return figures.sinceLastMs >= figures.intervalMs ? 'interval has passed' : null
}

/**
 * From what a stop or a crash left on disk to an engine that matches its image.
 *
 * The choices, best first: the live engine after a clean stop; a copy of the newest checkpoint that opens. Both are exact,
 * so the log is replayed on them without a thought about what is in them already. A live engine after a crash is never
 * opened: zvec killed while it seals or optimises may not open, or open with a wrong count (engine.md, Durability).
 */
import type {OpenEngine, VectorEngine} from '../engine/engine.js'
import type {Space} from '../entity/space.js'
import type {Env} from '../env/env.js'
import type {Log} from '../env/log.js'
import {CodedError} from '../errors/coded-error.js'
import type {GroupLog} from '../raftstore/log.js'
import type {Checkpoint, Checkpoints} from './checkpoints.js'
import type {PartitionFiles} from './partition-files.js'
import type {Image, SavedImage} from './partition-state.js'
import {assertDiskRoom} from './resources.js'

/** Opens what is in the directory in another process and says what is wrong with it, or null. */
export type ProbeEngine = (directory: string, space: Space) => Promise<string | null>

export interface Restored {
  readonly engine: VectorEngine
  readonly image: Image
  readonly source: 'clean stop' | 'checkpoint'
}

export interface RestoreFrom {
  readonly env: Pick<Env, 'disk' | 'failpoints'>
  readonly files: PartitionFiles
  readonly checkpoints: Checkpoints
  readonly log: GroupLog
  readonly openEngine: OpenEngine
  readonly probeEngine: ProbeEngine
  readonly events: Log
}

/**
 * Errors: DATA_CORRUPT, naming every image that was tried and why it did not do; DATA_TOO_NEW; those of a full disk, which costs
 * no image.
 */
export async function restore(from: RestoreFrom): Promise<Restored> {
  const {failpoints} = from.env
  const faults: string[] = []
  // zvec says of an image that there is no room to open that it is damaged
  await assertDiskRoom(from.env.disk, from.files.root, 0)
  const suspect = await from.files.diedOpening()
  await failpoints.hit('restore.clean.before')
  const clean = await from.files.takeClean()
  await failpoints.hit('restore.clean.after')
  if (clean !== null) {
    const fault = gap(from.log, clean)
    if (fault === null) {
      const opened = await open(from, clean, suspect)
      if (typeof opened !== 'string') return {engine: opened, image: clean, source: 'clean stop'}
      faults.push(`live engine: ${opened}`)
      const setAside = await from.files.setAsideLive()
      from.events.error('partition.live.broken', {fault: opened, setAside})
    } else faults.push(`live engine: ${fault}`)
  }
  const refused: Checkpoint[] = []
  for (const checkpoint of await from.checkpoints.list()) {
    const restored = await fromCheckpoint(from, checkpoint, suspect)
    if (typeof restored !== 'string') {
      // Only now is it certain that the fault was theirs, and not a full disk's.
      if (refused.length > 0) await failpoints.hit('restore.aside.before')
      for (const broken of refused) await from.checkpoints.setAside(broken)
      return restored
    }
    refused.push(checkpoint)
    faults.push(`checkpoint ${checkpoint.appliedIndex}: ${restored}`)
    from.events.error('partition.checkpoint.refused', {checkpoint: checkpoint.appliedIndex, fault: restored})
  }
  if (faults.length === 0) faults.push('no checkpoint')
  throw new CodedError('DATA_CORRUPT', `nothing to restore from in ${from.files.data}: ${faults.join('; ')}`)
}

async function fromCheckpoint(from: RestoreFrom, checkpoint: Checkpoint, suspect: boolean): Promise<Restored | string> {
  try {
    const image = await from.checkpoints.image(checkpoint)
    const fault = gap(from.log, image)
    if (fault !== null) return fault
    await from.env.failpoints.hit('restore.copy.before')
    await from.checkpoints.copyEngine(checkpoint, from.files.live)
    await from.env.failpoints.hit('restore.copy.after')
    const opened = await open(from, image, suspect)
    return typeof opened === 'string' ? opened : {engine: opened, image, source: 'checkpoint'}
  } catch (thrown) {
    if (!isOfCheckpoint(thrown)) throw thrown
    return (thrown as Error).message
  }
}

/** A full disk, and a file of a newer version, say nothing against the checkpoint. */
function isOfCheckpoint(thrown: unknown): boolean {
  const {code, errorName} = Object(thrown) as {code?: unknown; errorName?: unknown}
  return (
    code !== 'ENOSPC' &&
    code !== 'EDQUOT' &&
    errorName !== 'PARTITION_RESOURCE_EXHAUSTED' &&
    errorName !== 'DATA_TOO_NEW'
  )
}

/**
 * Why the log does not continue the image, or null. One that came from elsewhere and never took the log's place is of another
 * term than what the log has there. Images of earlier versions do not tell their term.
 */
function gap(
  log: GroupLog,
  {appliedIndex, term}: Pick<SavedImage, 'appliedIndex'> & Partial<SavedImage>,
): string | null {
  if (log.firstIndex > appliedIndex + 1) return `it ends at ${appliedIndex}, the log begins at ${log.firstIndex}`
  if (log.lastIndex < appliedIndex) return `it is at ${appliedIndex}, the log ends at ${log.lastIndex}`
  const logged = log.term(appliedIndex)
  if (term !== undefined && term !== logged)
    return `it is of term ${term}, the log of term ${logged} at ${appliedIndex}`
  return null
}

/** The open engine, or what is wrong with it. A directory that is not there is an empty engine. */
async function open(from: RestoreFrom, image: SavedImage, suspect: boolean): Promise<VectorEngine | string> {
  const {files} = from
  if (suspect && (await files.disk.exists(files.live))) {
    const fault = await from.probeEngine(files.live, image.space)
    if (fault !== null) return fault
  }
  await files.markOpening()
  try {
    await from.env.failpoints.hit('restore.open.before')
    const engine = await from.openEngine(files.live, image.space)
    await from.env.failpoints.hit('restore.open.after')
    const {documents} = engine.status()
    if (documents === image.documents) return engine
    await engine.close()
    return `it holds ${documents} documents instead of ${image.documents}`
  } catch (thrown) {
    return (thrown as Error).message
  } finally {
    await files.markOpened()
  }
}

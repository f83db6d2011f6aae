import {holderOf} from '../../env/directory-lock.js'
import type {Disk} from '../../env/disk.js'
import {CodedError} from '../../errors/coded-error.js'
import {raftDirectory} from '../../ps/node-identity.js'
import {type VerifiedFile, verifyDirectory} from '../../ps/verification.js'
import type {Listing} from '../listing.js'

export type {VerifiedFile}

/**
 * Whether all that the directories of a stopped server hold is what was written to it. Nothing is changed, not even a lock taken: a
 * process that has a directory, or takes it meanwhile, is an error. Errors: NOT_FOUND, DATA_DIR_LOCKED.
 */
export async function verifyDisks(
  disk: Disk,
  directories: readonly string[],
  signal: AbortSignal,
): Promise<Listing<VerifiedFile>> {
  const rows: VerifiedFile[] = []
  for (const root of directories) {
    if (!(await disk.exists(root))) throw new CodedError('NOT_FOUND', `there is no directory ${root}`)
    await assertAtRest(root)
    for await (const file of verifyDirectory(disk, root)) {
      signal.throwIfAborted()
      rows.push(file)
    }
    await assertAtRest(root)
  }
  const isDamaged = rows.some(({state}) => state === 'damaged')
  return {rows, source: directories.join(', '), warnings: [], exit: isDamaged ? 'critical' : 'ok'}
}

async function assertAtRest(root: string): Promise<void> {
  for (const directory of [root, raftDirectory(root)]) {
    const pid = await holderOf(directory)
    if (pid === null) continue
    throw new CodedError('DATA_DIR_LOCKED', `process ${pid} has ${directory}`, {
      hint: 'stop it first: vearchctl node stop; a running server is checked with vearchctl partitions verify',
    })
  }
}

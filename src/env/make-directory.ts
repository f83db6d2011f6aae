import {mkdir, stat} from 'node:fs/promises'
import {dirname} from 'node:path'
import {syncPath} from './sync-path.js'

/**
 * Creates the directory and its parents, durably; existing ones are fine. Node's own recursive `mkdir` never returns, and burns a
 * core, where a directory that exists says ENOENT to what is made in it, as /proc does.
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    return await makeOne(path)
  } catch (thrown) {
    const parent = dirname(path)
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw thrown
    await makeDirectory(parent)
  }
  await makeOne(path)
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path)
    await syncPath(dirname(path))
  } catch (thrown) {
    const isThere = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    )
    if (!isThere) throw thrown
  }
}

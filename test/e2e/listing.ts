import {createHash} from 'node:crypto'
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'

/** Everything below a directory, one line a file or directory, with a hash of what files hold; empty if it is not there. */
export async function listing(directory: string): Promise<string[]> {
  const entries = await readdir(directory, {recursive: true, withFileTypes: true}).catch((thrown) => {
    if (['ENOENT', 'ENOTDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '')) return []
    throw thrown
  })
  const lines = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name)
    const hash = entry.isFile()
      ? createHash('sha256')
          .update(await readFile(path))
          .digest('hex')
      : 'directory'
    return `${path} ${hash}`
  })
  return (await Promise.all(lines)).sort()
}

/** Files by `node:fs`: zvec owns the files of its directory and needs real paths. */
import {copyFile, lstat, mkdir, open, readdir, rm} from 'node:fs/promises'
import {join} from 'node:path'

/** zvec writes on while its files are copied: one that goes away meanwhile costs a fresh start. */
const attemptsMax = 3

/** Copies a directory so that the copy survives a power loss once this resolves. `target` must not exist. */
export async function copyDirectory(source: string, target: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await copyInto(source, target)
    } catch (thrown) {
      const vanished = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT'
      if (!vanished || attempt === attemptsMax) throw thrown
      await rm(target, {recursive: true, force: true})
    }
  }
}

async function copyInto(source: string, target: string): Promise<void> {
  await mkdir(target)
  for (const entry of await readdir(source, {withFileTypes: true})) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)]
    if (entry.isDirectory()) await copyInto(from, to)
    else {
      await copyFile(from, to)
      await sync(to)
    }
  }
  await sync(target)
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Bytes of all files; those that vanish meanwhile count nothing. */
export async function directoryBytes(path: string): Promise<number> {
  const entries = await readdir(path, {withFileTypes: true}).catch(() => [])
  let bytes = 0
  for (const entry of entries) {
    const child = join(path, entry.name)
    if (entry.isDirectory()) bytes += await directoryBytes(child)
    else
      bytes += await lstat(child).then(
        (stat) => stat.size,
        () => 0,
      )
  }
  return bytes
}

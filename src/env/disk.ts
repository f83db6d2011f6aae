/**
 * The disk as our own durable code sees it: every call that a crash can fall before, after or into.
 *
 * A write is durable after the file's `sync`; a create, rename or remove after its directory's `syncDirectory`.
 */
import {constants} from 'node:fs'
import {cp, open, readdir, readFile, rename, rm, stat, statfs} from 'node:fs/promises'
import {join, relative} from 'node:path'
import {type DirectoryLock, lockDirectory} from './directory-lock.js'
import {makeDirectory} from './make-directory.js'
import {syncPath} from './sync-path.js'

export interface DiskFile {
  /** Bytes read into `target` from `position`; fewer than its length only at the end of the file. */
  read(target: Uint8Array, position: number): Promise<number>
  /** Writes all of `bytes` at `position`. */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** fdatasync: a failure is never retried (the kernel has dropped the dirty pages); the caller stops the process. */
  sync(): Promise<void>
  truncate(bytes: number): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

export interface Disk {
  /** Opens for reading and writing, creating the file if `create`; with `readOnly`, also where nothing may be written. */
  open(path: string, options?: {readonly create?: boolean; readonly readOnly?: boolean}): Promise<DiskFile>
  /** The whole file, or null if there is none. */
  readFile(path: string): Promise<Uint8Array | null>
  /** Names in the directory, sorted; empty if there is no such directory. */
  list(directory: string): Promise<string[]>
  /** Of every file in the directory and below, its path from there, sorted; empty if there is no such directory. */
  files(directory: string): Promise<string[]>
  /** Creates the directory and its parents, durably; existing ones are fine. */
  makeDirectory(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** Removes a file or a whole directory; a missing one is fine. */
  remove(path: string): Promise<void>
  exists(path: string): Promise<boolean>
  /** Copies a directory with all that is in it, not durably yet; shares blocks where the file system can. */
  copyTree(from: string, to: string): Promise<void>
  /** Makes the directory and everything in it durable. */
  syncTree(directory: string): Promise<void>
  syncDirectory(path: string): Promise<void>
  space(path: string): Promise<{totalBytes: number; freeBytes: number}>
  /** Keeps every other process out of the directory, which is created if need be. Throws DATA_DIR_LOCKED. */
  lock(directory: string): Promise<DirectoryLock>
}

export const systemDisk: Disk = {
  async open(path, options = {}) {
    const access = options.readOnly ? constants.O_RDONLY : constants.O_RDWR
    const handle = await open(path, options.create ? access | constants.O_CREAT : access)
    return {
      async read(target, position) {
        let done = 0
        while (done < target.length) {
          const {bytesRead} = await handle.read(target, done, target.length - done, position + done)
          if (bytesRead === 0) break
          done += bytesRead
        }
        return done
      },
      async write(bytes, position) {
        let done = 0
        while (done < bytes.length) {
          const {bytesWritten} = await handle.write(bytes, done, bytes.length - done, position + done)
          done += bytesWritten
        }
      },
      sync: () => handle.datasync(),
      truncate: (bytes) => handle.truncate(bytes),
      size: async () => (await handle.stat()).size,
      close: () => handle.close(),
    }
  },
  readFile: (path) => readFile(path).catch(nullIfMissing),
  list: async (directory) => ((await readdir(directory).catch(nullIfMissing)) ?? []).sort(),
  async files(directory) {
    const entries = (await readdir(directory, {recursive: true, withFileTypes: true}).catch(nullIfMissing)) ?? []
    const files = entries.filter((entry) => entry.isFile())
    return files.map((entry) => relative(directory, join(entry.parentPath, entry.name))).sort()
  },
  makeDirectory,
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, {recursive: true, force: true}),
  exists: async (path) => (await stat(path).catch(nullIfMissing)) !== null,
  copyTree: (from, to) => cp(from, to, {recursive: true, mode: constants.COPYFILE_FICLONE}),
  syncTree,
  syncDirectory: syncPath,
  async space(path) {
    const {blocks, bavail, bsize} = await statfs(path)
    return {totalBytes: blocks * bsize, freeBytes: bavail * bsize}
  },
  lock: lockDirectory,
}

async function syncTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, {withFileTypes: true})) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) await syncTree(path)
    else if (entry.isFile()) await syncPath(path)
  }
  await syncPath(directory)
}

/** A path that leads through a file is one that does not exist. */
function nullIfMissing(thrown: unknown): null {
  if (['ENOENT', 'ENOTDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '')) return null
  throw thrown
}

/** Replaces `path` so that a crash at any moment leaves either the old content or the new, durable on return. */
export async function writeFileAtomic(disk: Disk, path: string, content: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`
  await disk.remove(temporary)
  const file = await disk.open(temporary, {create: true})
  try {
    await file.write(content, 0)
    await file.sync()
  } finally {
    await file.close()
  }
  await disk.rename(temporary, path)
  await disk.syncDirectory(join(path, '..'))
}

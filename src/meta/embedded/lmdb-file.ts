import type {Disk, DiskFile} from '../../env/disk.js'
import {CodedError} from '../../errors/coded-error.js'

/** LMDB keeps its head twice, on the first two pages: after the page's own header magic, version, …, page size. */
const magicAt = 24
const versionAt = 28
const pageSizeAt = 48
const headBytes = 52
const magic = 0xbeefc0de
const version = 2

/**
 * Throws DATA_CORRUPT for a file that is not LMDB's. LMDB itself must never see one: the process does not survive that.
 * A file that is missing or empty is fine: it will be created.
 */
export async function checkLmdbFile(disk: Disk, path: string): Promise<void> {
  if (!(await disk.exists(path))) return
  const file = await disk.open(path)
  try {
    if ((await file.size()) === 0) return
    const first = await readHead(file, 0)
    const second = first === null ? null : await readHead(file, first.readUInt32LE(pageSizeAt))
    if (second === null) {
      throw new CodedError('DATA_CORRUPT', `${path} is not a file of LMDB's`, {
        hint: 'restore it from a backup, or move the directory away to begin anew',
      })
    }
  } finally {
    await file.close()
  }
}

async function readHead(file: DiskFile, position: number): Promise<Buffer | null> {
  const head = Buffer.alloc(headBytes)
  await file.read(head, position)
  return head.readUInt32LE(magicAt) === magic && head.readUInt32LE(versionAt) === version ? head : null
}

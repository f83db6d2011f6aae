import {open} from 'node:fs/promises'
import {dirname} from 'node:path'
import {makeDirectory} from './make-directory.js'

/** Owner only: what is written may hold what others must not read. */
const mode = 0o600

/**
 * Adds `text` at the end of the file, durable on return; the file is made if need be. Processes that append at the same time
 * do not mix their texts.
 */
export async function appendPrivately(path: string, text: string): Promise<void> {
  await makeDirectory(dirname(path))
  const file = await open(path, 'a', mode)
  try {
    await file.appendFile(text)
    await file.datasync()
  } finally {
    await file.close()
  }
}

/** Replaces the whole file. */
export async function writePrivately(path: string, content: string | Uint8Array): Promise<void> {
  await makeDirectory(dirname(path))
  const file = await open(path, 'w', mode)
  try {
    await file.writeFile(content)
    await file.datasync()
  } finally {
    await file.close()
  }
}

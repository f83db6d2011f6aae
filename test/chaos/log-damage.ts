/** What can happen to the log of a server that is down. */
import {appendFile, readdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {Prng} from '../sim/prng.js'
import type {Host} from './machines.js'

const tornBytesMax = 4_096

/** The segment that is appended to; null if there is none yet. */
export async function newestSegment({disk}: Host): Promise<string | null> {
  const directory = join(disk, 'data', 'raft')
  const names = await readdir(directory).catch((): string[] => [])
  const newest = names
    .filter((name) => name.endsWith('.wal'))
    .sort()
    .at(-1)
  return newest === undefined ? null : join(directory, newest)
}

/**
 * Adds what a write leaves that was under way: blocks that were never written, or hold what was there before. Nothing
 * that was synced is touched, so the server may lose nothing by it. Says whether there was a log.
 */
export async function tearLog(host: Host, seed: number): Promise<boolean> {
  const path = await newestSegment(host)
  if (path === null) return false
  const random = new Prng(seed)
  const bytes = random.between(1, tornBytesMax)
  try {
    await appendFile(path, random.chance(0.5) ? Buffer.alloc(bytes) : random.bytes(bytes))
  } catch (thrown) {
    // the disk is full as well: some of it may be there
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown
  }
  return true
}

export async function flipBits(path: string, count: number, seed: number): Promise<void> {
  const random = new Prng(seed)
  const bytes = await readFile(path)
  for (let flipped = 0; flipped < count; flipped++) {
    const at = random.below(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
  }
  await writeFile(path, bytes)
}

/**
 * How a replica leaves without being deleted: what it had goes to `<root>/aside/<id>-<n>/`, which has the layout of a data
 * directory of its own, the group's log included, so nothing is needed to read it but what is there.
 *
 * The note that says why is written first and travels with the files, the last of which it is: whoever finds one in its place
 * goes on where a crash stopped. What the node has voted in the group is remembered (P8): should the replica come back, it must
 * not vote twice.
 */
import {join} from 'node:path'
import type {PartitionId} from '../entity/ids.js'
import type {Env} from '../env/env.js'
import type {GroupLog, LogEntry, SharedLog} from '../raftstore/log.js'
import {WriteAheadLog} from '../raftstore/wal/write-ahead-log.js'
import {type AsideNote, PartitionFiles} from './partition-files.js'

/** Of one partition; an older one goes when a newer one comes. */
const keptMax = 2
const copyBytesMax = 1024 * 1024

export interface AsideParts {
  readonly env: Pick<Env, 'disk' | 'clock' | 'random' | 'log'>
  readonly sharedLog: SharedLog
}

/** Nothing may have the partition open. The directory where it is now. */
export async function setAside(parts: AsideParts, files: PartitionFiles, reason: string): Promise<string> {
  const {disk, clock} = parts.env
  const taken = (await numbersOf(files)).at(-1) ?? 0
  const directory = join('aside', `${files.id}-${taken + 1}`)
  await disk.makeDirectory(join(files.root, directory))
  await files.writeAside({partition: files.id, directory, reason, at: clock.wallMs()})
  return finishSettingAside(parts, files)
}

/** Goes on with what the note says. */
export async function finishSettingAside(parts: AsideParts, files: PartitionFiles): Promise<string> {
  const {env, sharedLog} = parts
  const {disk, log} = env
  const note = await files.readAside()
  if (note === null) throw new Error(`${files.meta} has no note`)
  const target = new PartitionFiles(disk, join(files.root, note.directory), files.id)
  for (const path of [join(target.data, '..'), join(target.meta, '..')]) await disk.makeDirectory(path)
  if (await disk.exists(files.data)) {
    await copyLog(parts, files.id, join(target.root, 'raft'))
    await move(parts, files.data, target.data)
  }
  await forgetLog(sharedLog.group(files.id), sharedLog)
  await move(parts, files.meta, target.meta)
  log.warn('ps.partition.aside', {...note, directory: target.root})
  await forgetOld(files)
  return target.root
}

/** Every copy of a partition whose space was removed. */
export async function removeAside(files: PartitionFiles): Promise<void> {
  for (const number of await numbersOf(files)) await files.disk.remove(asidePath(files, number))
}

/** All that is set aside below the data directories, the unreadable ones left out. */
export async function listAside(disk: Env['disk'], roots: readonly string[]): Promise<AsideNote[]> {
  const notes: AsideNote[] = []
  for (const root of roots) {
    for (const name of await disk.list(join(root, 'aside'))) {
      const id = Number.parseInt(name, 10) as PartitionId
      const files = new PartitionFiles(disk, join(root, 'aside', name), id)
      const note = await files.readAside().catch(() => null)
      if (note !== null) notes.push({...note, directory: files.root})
    }
  }
  return notes
}

async function copyLog({env, sharedLog}: AsideParts, id: PartitionId, directory: string): Promise<void> {
  await env.disk.remove(directory)
  const copy = new WriteAheadLog(env, {directory})
  await copy.start()
  try {
    const [from, to] = [sharedLog.group(id), copy.group(id)]
    const before = from.firstIndex - 1
    if (before > 0) await to.truncatePrefix(before, from.term(before) ?? 0)
    let batch: LogEntry[] = []
    let bytes = 0
    const write = async () => {
      await to.append(batch)
      batch = []
      bytes = 0
    }
    for await (const entry of from.read(from.firstIndex)) {
      batch.push(entry)
      bytes += entry.payload.length
      if (bytes >= copyBytesMax) await write()
    }
    await write()
    await to.saveHardState(from.hardState)
  } finally {
    await copy.close()
  }
}

/** All but the vote: a member that came back with an empty log must still not vote twice in a term. Both go in one write. */
async function forgetLog(log: GroupLog, sharedLog: SharedLog): Promise<void> {
  const {term, vote} = log.hardState
  const dropped = sharedLog.dropGroup(log.group)
  await Promise.all([dropped, term > 0 ? log.saveHardState({term, vote, commit: 0}) : null])
}

async function move({env: {disk}}: AsideParts, from: string, to: string): Promise<void> {
  if (!(await disk.exists(from))) return
  await disk.remove(to)
  await disk.rename(from, to)
  await disk.syncDirectory(join(to, '..'))
  await disk.syncDirectory(join(from, '..'))
}

async function forgetOld(files: PartitionFiles): Promise<void> {
  const numbers = await numbersOf(files)
  for (const number of numbers.slice(0, -keptMax)) await files.disk.remove(asidePath(files, number))
}

async function numbersOf({disk, root, id}: PartitionFiles): Promise<number[]> {
  const prefix = `${id}-`
  const names = (await disk.list(join(root, 'aside'))).filter((name) => name.startsWith(prefix))
  return names.map((name) => Number(name.slice(prefix.length))).sort((a, b) => a - b)
}

function asidePath({root, id}: PartitionFiles, number: number): string {
  return join(root, 'aside', `${id}-${number}`)
}

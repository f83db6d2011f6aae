/**
 * Who this node is: the file `server_meta.txt` in the first data directory (control-plane spec §3.1, step 2).
 *
 * An id is used only after the file that holds it is durable, so that a node that crashed in between has wasted an id and
 * never shares one. A file that names another cluster, or that can not be read, stops the start and is left as it is.
 *
 * What a node has voted is in its raft log, so an id is worth nothing without it: a mark that no two logs share is written
 * beside the log first, then beside the id, and a start that does not find the same in both places is refused. A node whose
 * log was lost must come back under another id (P8).
 */

import {Buffer} from 'node:buffer'
import {join} from 'node:path'
import {crc32} from 'node:zlib'
import {type NodeId, nodeId} from '../entity/ids.js'
import type {Disk} from '../env/disk.js'
import type {Env} from '../env/env.js'
import {CodedError} from '../errors/coded-error.js'
import {writeJson} from './json-file.js'
import {partitionsOnDisk} from './partition-files.js'
import {readSealed, writeSealed} from './sealed-file.js'

export interface NodeIdentity {
  readonly nodeId: NodeId
  /** Whether the id was allocated by this start. */
  readonly isNew: boolean
}

const fileName = 'server_meta.txt'
const markName = 'log_id.txt'
const markBytes = 12

interface IdentityFile {
  readonly Id: number
  readonly ClusterName: string
  /** Of the log; files of earlier versions have none. */
  readonly LogId?: string
  readonly Crc32?: number
}

/** The id in the directory's file, null if there is none. Changes nothing. Errors: FOREIGN_NODE_ID, DATA_CORRUPT,
 * DATA_DIR_UNWRITABLE. */
export async function readIdentity(disk: Disk, directory: string, cluster: string): Promise<NodeId | null> {
  const file = await readOwnFile(disk, directory, cluster)
  return file === null ? null : nodeId(file.Id)
}

async function readOwnFile(disk: Disk, directory: string, cluster: string): Promise<IdentityFile | null> {
  const path = join(directory, fileName)
  const bytes = await disk.readFile(path).catch((cause: Error) => {
    throw new CodedError('DATA_DIR_UNWRITABLE', cause.message, {cause})
  })
  if (bytes === null) return null
  const record = parsed(bytes)
  if (record === null) {
    throw new CodedError('DATA_CORRUPT', `${path} does not hold a node id`, {
      hint: `Restore ${fileName} from a backup; the metadata's list of servers has the node's id, too.`,
    })
  }
  if (record.ClusterName !== cluster) {
    const detail = `${path} belongs to cluster ${record.ClusterName}, the configuration says ${cluster}`
    throw new CodedError('FOREIGN_NODE_ID', detail, {
      hint: 'Correct global.name, or set global.data to another directory.',
    })
  }
  await assertLog(disk, directory, record)
  return record
}

/** That the log is the one in which this id has voted. */
async function assertLog(disk: Disk, directory: string, {Id, LogId}: IdentityFile): Promise<void> {
  const mark = await readMark(disk, directory)
  // Before there were marks: data without a log has lost it.
  const isWhole =
    LogId === undefined
      ? (await hasLog(disk, directory)) || (await partitionsOnDisk(disk, [directory])).length === 0
      : mark === LogId
  if (isWhole) return
  const found = mark === null ? 'is not there' : 'is that of another node'
  throw new CodedError('DATA_CORRUPT', `the raft log of node ${Id} ${found}: ${raftDirectory(directory)}`, {
    hint:
      `What it has voted is not known any more, so it must not take part as node ${Id}. Bring the directory back, or empty ` +
      `${directory}: the node then gets a new id, and its replicas are rebuilt with POST /schedule/recover_server.`,
  })
}

async function hasLog(disk: Disk, directory: string): Promise<boolean> {
  return (await disk.list(raftDirectory(directory))).some((name) => name.endsWith('.wal'))
}

async function readMark(disk: Disk, directory: string): Promise<string | null> {
  const path = join(raftDirectory(directory), markName)
  return (await readSealed<{LogId: string}>(disk, path).catch(() => null))?.LogId ?? null
}

/** Where the log of all the node's groups is. */
export function raftDirectory(directory: string): string {
  return join(directory, 'raft')
}

/**
 * That the directory is the named node's, or nobody's: one with data and no id was somebody's, and nobody knows whose. Errors:
 * GUARD_FAILED.
 */
export async function assertIdentity(
  disk: Disk,
  directory: string,
  known: NodeId | null,
  named: NodeId,
): Promise<void> {
  if (known === named) return
  const isEmpty = !(await hasLog(disk, directory)) && (await partitionsOnDisk(disk, [directory])).length === 0
  if (known === null && isEmpty) return
  const whose = known === null ? 'has the data of a server and no id' : `is that of node ${known}`
  throw new CodedError('GUARD_FAILED', `${directory} ${whose}, and no node ${named} may be made of it`, {
    hint:
      known === null
        ? `Bring ${fileName} back, or name an empty directory.`
        : 'Leave out --node-id, or name an empty directory.',
  })
}

/** The node's id; allocates one and writes it down first if there is none. */
export async function takeIdentity(
  {disk, random, failpoints}: Pick<Env, 'disk' | 'random' | 'failpoints'>,
  directory: string,
  cluster: string,
  allocate: () => Promise<number>,
): Promise<NodeIdentity> {
  const known = await readOwnFile(disk, directory, cluster)
  const id = known?.Id ?? (await allocate())
  if (known === null) await failpoints.hit('identity.allocated')
  if (known?.LogId === undefined) {
    const LogId = Buffer.from(random.bytes(markBytes)).toString('hex')
    const raft = raftDirectory(directory)
    await disk.makeDirectory(raft)
    await writeSealed(disk, join(raft, markName), {LogId})
    const Crc32 = checksum(id, cluster)
    await writeJson(disk, join(directory, fileName), {
      Id: id,
      ClusterName: cluster,
      LogId,
      Crc32,
    } satisfies IdentityFile)
    await failpoints.hit('identity.written')
  }
  return {nodeId: nodeId(id), isNew: known === null}
}

/** Vearch's file has none. A digit that flipped would make this node another, with that one's votes. */
function checksum(id: number, cluster: string): number {
  return crc32(`${id} ${cluster}`)
}

function parsed(bytes: Uint8Array): IdentityFile | null {
  try {
    const text = new TextDecoder('utf-8', {fatal: true}).decode(bytes)
    const {Id, ClusterName, LogId, Crc32} = JSON.parse(text) as Record<string, unknown>
    if (typeof ClusterName !== 'string' || !Number.isSafeInteger(Id) || Number(Id) <= 0) return null
    if (Crc32 !== undefined && Crc32 !== checksum(Number(Id), ClusterName)) return null
    return {Id: Number(Id), ClusterName, ...(typeof LogId === 'string' ? {LogId} : {})}
  } catch {
    return null
  }
}

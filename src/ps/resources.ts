/** Whether a node has room for more documents: control-plane spec §5.9, with the memory limits of cgroup v2 (fault B20). */
import {totalmem} from 'node:os'
import type {Config} from '../config/config.js'
import type {Disk} from '../env/disk.js'
import type {Env} from '../env/env.js'
import type {Log} from '../env/log.js'
import {CodedError} from '../errors/coded-error.js'

export interface Room {
  readonly total: number
  readonly free: number
}

/** `rate`: the share that may be in use. */
export function isExhausted(rooms: readonly Room[], rate: number): boolean {
  return rooms.some(({total, free}) => total > 0 && total - free >= total * rate)
}

/** Of memory, or of the disk of `directory`. */
export async function isOutOfResources({env, config}: Limits, directory: string): Promise<boolean> {
  return isExhausted([memoryRoom(), await diskRoom(env.disk, directory)], config.global.resource_limit_rate)
}

interface Limits {
  readonly env: {readonly disk: Disk}
  readonly config: {readonly global: Pick<Config['global'], 'resource_limit_rate'>}
}

/** Of a disk, not to be taken by what is written in one piece: an engine whose pages find no room is killed (SIGBUS). */
const reservedShare = 0.02

function leavesReserve({total, free}: Room, bytes: number): boolean {
  return free - bytes >= total * reservedShare
}

/** Errors: PARTITION_RESOURCE_EXHAUSTED where `bytes` more would leave the disk of `directory` all but full. */
export async function assertDiskRoom(disk: Disk, directory: string, bytes: number): Promise<void> {
  if (leavesReserve(await diskRoom(disk, directory), bytes)) return
  throw new CodedError('PARTITION_RESOURCE_EXHAUSTED', `${directory} has no room for ${bytes} bytes more`, {
    retryable: true,
    hint: 'Delete documents or spaces, or give the server a larger disk.',
  })
}

export interface WriteRoomParts {
  readonly env: Pick<Env, 'clock' | 'disk'>
  readonly directory: string
  readonly events: Log
  /** Something begins to wait. */
  readonly held: () => void
}

/** How old a look at the disk may be, and how long it takes to look again at one that is full. */
const lookMs = 100

/**
 * Holds back what would be written to an engine while its disk is all but full. What waits is in the log, and is applied when
 * there is room again.
 */
export class WriteRoom {
  readonly #closing = new AbortController()
  #seenAt = Number.NEGATIVE_INFINITY

  constructor(private readonly parts: WriteRoomParts) {}

  /** Resolves when there is room. Errors: PARTITION_IS_CLOSED. */
  async wait(): Promise<void> {
    const {env, directory, events, held} = this.parts
    const {clock, disk} = env
    let isHeld = false
    while (clock.nowMs() - this.#seenAt >= lookMs) {
      const room = await diskRoom(disk, directory)
      if (leavesReserve(room, 0)) this.#seenAt = clock.nowMs()
      else {
        if (!isHeld) {
          isHeld = true
          events.warn('partition.apply.held', {freeBytes: room.free, totalBytes: room.total})
          held()
        }
        await clock.sleep(lookMs, this.#closing.signal)
      }
    }
    if (isHeld) events.info('partition.apply.resumed')
  }

  /** Who waits is refused. */
  close(): void {
    this.#closing.abort(new CodedError('PARTITION_IS_CLOSED', `${this.parts.directory} is closed`, {retryable: true}))
  }
}

/** What the process may use: the machine's memory, or less where a control group limits it. */
export function memoryRoom(): Room {
  const limit = process.constrainedMemory()
  return {
    total: limit > 0 ? Math.min(limit, totalmem()) : totalmem(),
    free: process.availableMemory(),
  }
}

export async function diskRoom(disk: Disk, directory: string): Promise<Room> {
  const {totalBytes, freeBytes} = await disk.space(directory)
  return {total: totalBytes, free: freeBytes}
}

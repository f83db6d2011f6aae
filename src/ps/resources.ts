/** Whether a node has room for more documents: control-plane spec §5.9, with the memory limits of cgroup v2 (fault B20). */
import {totalmem} from 'node:os'
import type {Disk} from '../env/disk.js'

export interface Room {
  readonly total: number
  readonly free: number
}

/** `rate`: the share that may be in use. */
export function isExhausted(rooms: readonly Room[], rate: number): boolean {
  return rooms.some(({total, free}) => total > 0 && total - free >= total * rate)
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

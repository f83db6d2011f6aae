/** What the kernel knows of a process: its share of a core, the bytes that it writes, the memory that it has held at most. */
import {readFile} from 'node:fs/promises'

/** Of the kernel's clock in /proc. */
const ticksPerSecond = 100

export interface ProcessFigures {
  readonly cpuSeconds: number
  /** To disk and network together. */
  readonly bytesWritten: number
  readonly residentBytesMost: number
}

export async function processFigures(pid: number | undefined): Promise<ProcessFigures> {
  const [stat, io, status] = await Promise.all(
    ['stat', 'io', 'status'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8')),
  )
  const [user = 0, system = 0] = (stat ?? '').slice(stat?.lastIndexOf(')')).split(' ').slice(12, 14).map(Number)
  return {
    cpuSeconds: (user + system) / ticksPerSecond,
    bytesWritten: Number(/wchar: (\d+)/.exec(io ?? '')?.[1]),
    residentBytesMost: Number(/VmHWM:\s+(\d+) kB/.exec(status ?? '')?.[1]) * 1024,
  }
}

/**
 * Where the servers of a run live: hosts, each with an address, a disk and a clock. Of its own where the machine allows
 * namespaces (`private-machines`); else all share one (`shared-machines`), and less of it can be broken.
 */
import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import type {Impairment} from './network.js'

export interface Host extends HostFiles {
  readonly name: string
  readonly address: string
  readonly ports: Ports
  /** The words before a command that run it here. */
  readonly prefix: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  /** Whether nobody else misses the room if it is filled. */
  readonly isDiskOwn: boolean
  /** From now on its wall clock is off by so much; null if it is everybody's. */
  readonly setClock: ((offsetMs: number) => Promise<void>) | null
}

export interface Machines {
  /** Of all files of the run. */
  readonly directory: string
  addHost(name: string): Promise<Host>
  /** Where a host finds a port of another. */
  reach(from: Host, to: Host, port: keyof Ports): Promise<{readonly address: string; readonly port: number}>
  /** Until the returned function is called; null if nothing of it can be done here. */
  impair(impairments: readonly Impairment[]): Promise<(() => Promise<void>) | null>
  /** Removes the files. */
  remove(): Promise<void>
}

/** One of each for every host, whatever runs there: no two ports of a configuration may be the same. */
const portNames = ['api', 'client', 'peer', 'router', 'rpc', 'heartbeat', 'replicate', 'monitor'] as const
export const portsPerHost = portNames.length
export type Ports = Readonly<Record<(typeof portNames)[number], number>>

export function portsFrom(numbers: readonly number[]): Ports {
  return Object.fromEntries(portNames.map((name, at) => [name, numbers[at] ?? 0])) as Ports
}

interface HostFiles {
  /** Configuration and logs. */
  readonly directory: string
  /** Data; empty at first. */
  readonly disk: string
}

export async function hostFiles(root: string, name: string): Promise<HostFiles> {
  const directory = join(root, name)
  const disk = join(directory, 'disk')
  await mkdir(disk, {recursive: true})
  return {directory, disk}
}

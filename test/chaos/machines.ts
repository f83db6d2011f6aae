/**
 * Where the servers of a run live: hosts, each with an address, a disk of limited size and a clock of its own. Where the
 * machine allows no namespaces, all share its loopback and its disk, and what cannot be broken there is left whole.
 */

import {execFile} from 'node:child_process'
import {existsSync} from 'node:fs'
import {mkdir, mkdtemp, rename, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {freePorts} from '../harness/etcd.js'
import {HostNetwork, type Impairment} from './network.js'

const run = promisify(execFile)

export interface Host {
  readonly name: string
  readonly address: string
  readonly ports: Ports
  /** The words before a command that run it here. */
  readonly prefix: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  /** Configuration and logs. */
  readonly directory: string
  /** Empty at first; bounded where disks can be. */
  readonly disk: string
  /** Its wall clock is off by so much from now on. */
  setClock(offsetMs: number): Promise<void>
}

export interface Machines {
  /** Of all files of the run. */
  readonly directory: string
  /** What this machine lets a run break. */
  readonly canImpair: boolean
  readonly canFillDisks: boolean
  readonly canSetClocks: boolean
  addHost(name: string): Promise<Host>
  impair(impairments: readonly Impairment[]): Promise<() => Promise<void>>
  /** Removes the files. */
  remove(): Promise<void>
}

/** One of each for every host, whatever runs there: no two ports of a configuration may be the same. */
const portNames = ['api', 'client', 'peer', 'router', 'rpc', 'heartbeat', 'replicate', 'monitor'] as const
export type Ports = Readonly<Record<(typeof portNames)[number], number>>

const diskMiB = 768

export async function privateMachines(): Promise<Machines> {
  const network = await HostNetwork.create()
  const directory = '/run/chaos'
  let lastPort = 8_000
  await mkdir(directory)
  await run('mount', ['-t', 'tmpfs', 'none', '/dev/shm'])
  return {
    directory,
    canImpair: true,
    canFillDisks: true,
    canSetClocks: fakeTime !== null,
    addHost: async (name) => {
      const {address, prefix} = await network.addHost(name)
      const files = await hostFiles(directory, name)
      await run('mount', ['-t', 'tmpfs', '-o', `size=${diskMiB}m`, 'none', files.disk])
      const ports = portsFrom(portNames.map(() => ++lastPort))
      return {name, address, prefix, ports, ...files}
    },
    impair: (impairments) => network.impair(impairments),
    remove: async () => {},
  }
}

export async function sharedMachines(): Promise<Machines> {
  const directory = await mkdtemp(join(tmpdir(), 'chaos-'))
  return {
    directory,
    canImpair: false,
    canFillDisks: false,
    canSetClocks: fakeTime !== null,
    addHost: async (name) => {
      const ports = portsFrom(await freePorts(portNames.length))
      const files = await hostFiles(directory, name)
      return {name, address: '127.0.0.1', prefix: [], ports, ...files}
    },
    impair: async () => async () => {},
    remove: () => rm(directory, {recursive: true, force: true, maxRetries: 5}),
  }
}

function portsFrom(numbers: readonly number[]): Ports {
  return Object.fromEntries(portNames.map((name, at) => [name, numbers[at] ?? 0])) as Ports
}

async function hostFiles(
  root: string,
  name: string,
): Promise<Pick<Host, 'directory' | 'disk' | 'environment' | 'setClock'>> {
  const directory = join(root, name)
  const disk = join(directory, 'disk')
  await mkdir(disk, {recursive: true})
  const clockFile = join(directory, 'clock')
  const setClock = async (offsetMs: number) => {
    await writeFile(`${clockFile}.new`, `${offsetMs < 0 ? '-' : '+'}${Math.abs(offsetMs) / 1_000}`)
    await rename(`${clockFile}.new`, clockFile)
  }
  await setClock(0)
  const environment =
    fakeTime === null
      ? {}
      : {
          LD_PRELOAD: fakeTime,
          FAKETIME_TIMESTAMP_FILE: clockFile,
          FAKETIME_CACHE_DURATION: '1',
          // deadlines and elections run on the clock that no operator can set
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
        }
  return {directory, disk, environment, setClock}
}

/** Debian's libfaketime, which shows a process the clock that a file says. */
const fakeTime =
  ['x86_64', 'aarch64', 'arm']
    .flatMap((cpu) => ['gnu', 'gnueabihf'].map((abi) => `/usr/lib/${cpu}-linux-${abi}/faketime/libfaketimeMT.so.1`))
    .find((path) => existsSync(path)) ?? null

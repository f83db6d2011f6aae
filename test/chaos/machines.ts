/**
 * Where the servers of a run live: hosts, each with an address, a disk of limited size and a clock of its own. Where the
 * machine allows no namespaces, all share its loopback and its disk: what can be broken there is the way to etcd, through
 * proxies.
 */

import {execFile} from 'node:child_process'
import {existsSync} from 'node:fs'
import {mkdir, mkdtemp, rename, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {freePorts} from '../harness/etcd.js'
import {startTcpProxy, type TcpProxy} from '../harness/tcp-proxy.js'
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
  readonly canFillDisks: boolean
  readonly canSetClocks: boolean
  addHost(name: string): Promise<Host>
  /** Where a host finds a port of another. */
  reach(from: Host, to: Host, port: keyof Ports): Promise<{readonly address: string; readonly port: number}>
  /** Until the returned function is called; null if none of them can be done here. */
  impair(impairments: readonly Impairment[]): Promise<(() => Promise<void>) | null>
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
    canFillDisks: true,
    canSetClocks: fakeTime !== null,
    addHost: async (name) => {
      const {address, prefix} = await network.addHost(name)
      const files = await hostFiles(directory, name)
      await run('mount', ['-t', 'tmpfs', '-o', `size=${diskMiB}m`, 'none', files.disk])
      const ports = portsFrom(portNames.map(() => ++lastPort))
      return {name, address, prefix, ports, ...files, ...(await hostClock(files.directory))}
    },
    reach: async (_, to, port) => ({address: to.address, port: to.ports[port]}),
    impair: (impairments) => network.impair(impairments),
    remove: async () => {},
  }
}

export async function sharedMachines(): Promise<Machines> {
  const directory = await mkdtemp(join(tmpdir(), 'chaos-'))
  const ways: Way[] = []
  return {
    directory,
    canFillDisks: false,
    // what libfaketime leaves of a killed process in shared memory would stay
    canSetClocks: false,
    addHost: async (name) => {
      const ports = portsFrom(await freePorts(portNames.length))
      const files = await hostFiles(directory, name)
      return {name, address: '127.0.0.1', prefix: [], ports, environment: {}, setClock: async () => {}, ...files}
    },
    reach: async (from, to, port) => {
      const proxy = await startTcpProxy(`${to.address}:${to.ports[port]}`)
      ways.push({from: from.name, to: to.name, proxy, holds: 0})
      return {address: '127.0.0.1', port: Number(proxy.endpoint.split(':')[1])}
    },
    // a proxy cannot let one direction through: what was sent would be acknowledged
    impair: async (impairments) => {
      const cut = impairments.filter(({permille}) => permille === 1_000)
      const isCut = ({from, to}: Way) =>
        cut.some((each) => [from, to].every((end) => end === each.from || end === each.to))
      const held = ways.filter(isCut)
      for (const way of held) if (way.holds++ === 0) way.proxy.holdAll()
      if (held.length === 0) return null
      return async () => {
        for (const way of held) if (--way.holds === 0) way.proxy.resume()
      }
    },
    remove: async () => {
      await Promise.all(ways.map(({proxy}) => proxy.stop()))
      await rm(directory, {recursive: true, force: true, maxRetries: 5})
    },
  }
}

interface Way {
  readonly from: string
  readonly to: string
  readonly proxy: TcpProxy
  /** Faults that want it to be held. */
  holds: number
}

function portsFrom(numbers: readonly number[]): Ports {
  return Object.fromEntries(portNames.map((name, at) => [name, numbers[at] ?? 0])) as Ports
}

async function hostFiles(root: string, name: string): Promise<Pick<Host, 'directory' | 'disk'>> {
  const directory = join(root, name)
  const disk = join(directory, 'disk')
  await mkdir(disk, {recursive: true})
  return {directory, disk}
}

async function hostClock(directory: string): Promise<Pick<Host, 'environment' | 'setClock'>> {
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
  return {environment, setClock}
}

/** Debian's libfaketime, which shows a process the clock that a file says. */
const fakeTime =
  ['x86_64', 'aarch64', 'arm']
    .flatMap((cpu) => ['gnu', 'gnueabihf'].map((abi) => `/usr/lib/${cpu}-linux-${abi}/faketime/libfaketimeMT.so.1`))
    .find((path) => existsSync(path)) ?? null

/** Hosts in the namespaces of the run: a network, a disk of limited size and a clock for each. All ends with the run. */
import {execFile} from 'node:child_process'
import {existsSync} from 'node:fs'
import {mkdir, rename, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {type Host, hostFiles, type Machines, portsFrom, portsPerHost} from './machines.js'
import {HostNetwork} from './network.js'

const run = promisify(execFile)

const diskMiB = 768
const firstPort = 8_000

export async function privateMachines(): Promise<Machines> {
  const network = await HostNetwork.create()
  const directory = '/run/chaos'
  let nextPort = firstPort
  await mkdir(directory)
  // what libfaketime leaves there of a process that was killed goes with the run
  await run('mount', ['-t', 'tmpfs', 'none', '/dev/shm'])
  return {
    directory,
    addHost: async (name) => {
      const ports = portsFrom(Array.from({length: portsPerHost}, () => nextPort++))
      const files = await hostFiles(directory, name)
      await run('mount', ['-t', 'tmpfs', '-o', `size=${diskMiB}m`, 'none', files.disk])
      const clock = await hostClock(join(files.directory, 'clock'))
      return {name, ports, isDiskOwn: true, ...files, ...clock, ...(await network.addHost(name))}
    },
    reach: async (_, to, port) => ({address: to.address, port: to.ports[port]}),
    impair: (impairments) => network.impair(impairments),
    remove: async () => {},
  }
}

/** Debian's libfaketime, which shows a process the wall clock that a file says. */
const fakeTime =
  ['x86_64-linux-gnu', 'aarch64-linux-gnu', 'arm-linux-gnueabihf']
    .map((machine) => `/usr/lib/${machine}/faketime/libfaketimeMT.so.1`)
    .find((path) => existsSync(path)) ?? null

async function hostClock(file: string): Promise<Pick<Host, 'environment' | 'setClock'>> {
  if (fakeTime === null) return {environment: {}, setClock: null}
  let written = 0
  const setClock = async (offsetMs: number) => {
    // two faults may set it at once
    const next = `${file}.${written++}`
    await writeFile(next, `${offsetMs < 0 ? '-' : '+'}${Math.abs(offsetMs) / 1_000}`)
    await rename(next, file)
  }
  await setClock(0)
  const environment = {
    LD_PRELOAD: fakeTime,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: '1',
    // deadlines and elections run on the clock that no operator can set
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
  return {environment, setClock}
}

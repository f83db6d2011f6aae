/**
 * Hosts that are all this one, for machines without namespaces: its disk cannot be filled, its clock not be set, and of the
 * network only the ways that lead through a proxy can be cut.
 */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {freePorts} from '../harness/etcd.js'
import {startTcpProxy, type TcpProxy} from '../harness/tcp-proxy.js'
import {hostFiles, type Machines, portsFrom, portsPerHost} from './machines.js'
import type {Impairment} from './network.js'

interface Way {
  readonly from: string
  readonly to: string
  readonly proxy: TcpProxy
  /** Faults that cut it at the moment. */
  cuts: number
}

export async function sharedMachines(): Promise<Machines> {
  const directory = await mkdtemp(join(tmpdir(), 'chaos-'))
  const ways: Way[] = []
  return {
    directory,
    addHost: async (name) => {
      const ports = portsFrom(await freePorts(portsPerHost))
      const files = await hostFiles(directory, name)
      return {
        name,
        address: '127.0.0.1',
        prefix: [],
        ports,
        environment: {},
        isDiskOwn: false,
        setClock: null,
        ...files,
      }
    },
    reach: async (from, to, port) => {
      const proxy = await startTcpProxy(`${to.address}:${to.ports[port]}`)
      ways.push({from: from.name, to: to.name, proxy, cuts: 0})
      return {address: '127.0.0.1', port: Number(proxy.endpoint.split(':')[1])}
    },
    impair: async (impairments) => {
      const cut = ways.filter((way) => isCutBy(way, impairments))
      if (cut.length === 0) return null
      for (const way of cut) if (way.cuts++ === 0) way.proxy.holdAll()
      return async () => {
        for (const way of cut) if (--way.cuts === 0) way.proxy.resume()
      }
    },
    remove: async () => {
      await Promise.all(ways.map(({proxy}) => proxy.stop()))
      await rm(directory, {recursive: true, force: true, maxRetries: 5})
    },
  }
}

/** In both directions: a proxy acknowledges what it is sent, so it cannot cut one. */
function isCutBy({from, to}: Way, impairments: readonly Impairment[]): boolean {
  const drops = (some: string, other: string) =>
    impairments.some((each) => each.from === some && each.to === other && each.permille === 1_000)
  return drops(from, to) && drops(to, from)
}

import {once} from 'node:events'
import {connect, type Server} from 'node:net'
import {afterEach, describe, expect, it} from 'vitest'
import {type NodeId, nodeId, partitionId} from '../../../src/entity/ids.js'
import {silentLog} from '../../../src/env/log.js'
import {FrameKind} from '../../../src/env/net/frame.js'
import {Listener} from '../../../src/env/net/listener.js'
import type {Address} from '../../../src/env/net/network.js'
import {systemEnv} from '../../../src/env/system-env.js'
import type {Message} from '../../../src/raft/message.js'
import {RaftTransport, type TransportOptions, type Way} from '../../../src/raftstore/transport/transport.js'
import {decodePacket, type GroupMessage} from '../../../src/raftstore/transport/wire-message.js'
import {until} from '../../harness/until.js'

const env = systemEnv(silentLog)
const host = '127.0.0.1'
const anyPort = {heartbeat: {host, port: 0}, replicate: {host, port: 0}}

type Addresses = Readonly<Record<Way, Address>>

/** A host with its ports, and what it heard. */
class Host {
  readonly received: GroupMessage[] = []
  readonly unreachable: NodeId[] = []
  readonly transport: RaftTransport
  addresses: Addresses = anyPort

  constructor(
    readonly id: number,
    private readonly known: Map<number, Addresses>,
    more: Partial<TransportOptions> = {},
  ) {
    const options = {
      cluster: 'test',
      node: nodeId(id),
      authKey: 'the key',
      listen: anyPort,
      resolve: (node: NodeId) => known.get(node) ?? null,
      ...more,
    }
    this.transport = new RaftTransport(env, options, {
      received: (message) => this.received.push(message),
      unreachable: (node) => this.unreachable.push(node),
    })
  }

  async start(): Promise<this> {
    const ports = await this.transport.start()
    this.addresses = {heartbeat: {host, port: ports.heartbeat}, replicate: {host, port: ports.replicate}}
    this.known.set(this.id, this.addresses)
    hosts.push(this)
    return this
  }

  send(to: number, message: object, group = 1): void {
    const addressed = {from: nodeId(this.id), to: nodeId(to), term: 1}
    this.transport.send({group: partitionId(group), message: {...addressed, ...message} as Message})
  }

  pulse(to: number, round: number): void {
    this.send(to, {type: 'heartbeat', commit: 0, round})
  }

  get rounds(): number[] {
    return this.received.flatMap(({message}) => (message.type === 'heartbeat' ? [message.round] : []))
  }
}

const hosts: Host[] = []
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const {transport} of hosts.splice(0)) transport.stop()
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function pair(more: Partial<TransportOptions> = {}): Promise<readonly [Host, Host]> {
  const known = new Map<number, Addresses>()
  return [await new Host(1, known).start(), await new Host(2, known, more).start()]
}

function command(bytes: number): object {
  const entries = [{kind: 'command', index: 1, term: 1, payload: new Uint8Array(bytes)}]
  return {type: 'append', previousIndex: 0, previousTerm: 0, commit: 0, entries}
}

describe('messages between two hosts', () => {
  it('arrive in order on each way, whatever group they are of', async () => {
    const [one, two] = await pair()
    for (let round = 0; round < 1_000; round++) {
      one.send(2, {type: 'heartbeat', commit: 0, round}, 1 + (round % 7))
      if (round % 100 === 0) one.send(2, command(1_000), 3)
    }
    await until('all are there', async () => two.received.length === 1_010)
    expect(two.rounds).toEqual(Array.from({length: 1_000}, (_, round) => round))
    two.pulse(1, 5)
    await until('the answer is there', async () => one.rounds.length === 1)
    expect([one.unreachable, two.unreachable]).toEqual([[], []])
  })

  it('of a thousand groups in one turn are one packet', async () => {
    const known = new Map<number, Addresses>()
    const one = await new Host(1, known).start()
    const packets: number[] = []
    const listener = new Listener(env, {address: {host, port: 0}, authKey: 'the key', protocol: 'raft'}, () => ({
      frame: ({kind, payload}) => {
        if (kind === FrameKind.packet) packets.push(decodePacket(payload).length)
      },
      closed: () => {},
    }))
    const address = {host, port: await listener.start()}
    cleanups.push(() => listener.close())
    known.set(2, {heartbeat: address, replicate: address})
    for (let turn = 0; turn < 3; turn++) {
      for (let group = 1; group <= 1_000; group++) one.send(2, {type: 'heartbeat', commit: 9, round: 1}, group)
      await until('all are there', async () => packets.length === turn + 1)
    }
    expect(packets).toEqual([1_000, 1_000, 1_000])
  })

  it('go through while bulk stands still', async () => {
    const known = new Map<number, Addresses>()
    const [one, two] = [await new Host(1, known).start(), await new Host(2, known).start()]
    const frozen = await frozenServer()
    known.set(2, {...two.addresses, replicate: frozen})
    for (let round = 0; round < 50; round++) {
      one.send(2, command(1024 * 1024))
      one.pulse(2, round)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until('every pulse is there', async () => two.rounds.length === 50)
  })

  it('to one that is away are lost, told, and go again when it is back elsewhere', async () => {
    const known = new Map<number, Addresses>()
    const one = await new Host(1, known).start()
    one.pulse(2, 0)
    await until('nobody knows where it is', async () => one.unreachable.length > 0)
    known.set(2, {heartbeat: {host, port: 1}, replicate: {host, port: 1}})
    const told = one.unreachable.length
    await until('nobody listens there', async () => {
      one.pulse(2, 1)
      return one.unreachable.length > told + 1
    })
    const two = await new Host(2, known).start()
    await until('it is found', async () => {
      one.pulse(2, 2)
      return two.rounds.includes(2)
    })
    expect(two.rounds).not.toContain(0)
  })

  it('to one that is away do not pile up', async () => {
    const known = new Map<number, Addresses>()
    const one = await new Host(1, known).start()
    known.set(2, {heartbeat: await frozenServer(), replicate: await frozenServer()})
    for (let sent = 0; sent < 60_000; sent++) one.pulse(2, sent)
    expect(one.unreachable).toEqual([])
    await until('the loss is told', async () => one.unreachable.length > 0)
    expect(one.unreachable).toEqual([nodeId(2)])
  })

  it.each([
    ['another key', {authKey: 'another'}],
    ['another cluster', {cluster: 'prod'}],
  ])('are not heard from one with %s', async (_what, more) => {
    const [one, two] = await pair(more)
    await until('it is told', async () => {
      two.pulse(1, 1)
      return two.unreachable.length > 1
    })
    expect(one.received).toEqual([])
  })

  it('are not heard where they are for another, or from one that speaks for another', async () => {
    const [one, two] = await pair()
    const message = {type: 'heartbeat', term: 1, commit: 0, round: 7, from: nodeId(1), to: nodeId(2)} as const
    one.transport.send({group: partitionId(1), message: {...message, from: nodeId(9)}})
    one.pulse(2, 8)
    await until('the right one is there', async () => two.rounds.length > 0)
    expect(two.rounds).toEqual([8])
  })

  it('need a port that is free', async () => {
    const [one] = await pair()
    const third = new RaftTransport(
      env,
      {cluster: 'test', node: nodeId(3), authKey: 'the key', listen: one.addresses, resolve: () => null},
      {received: () => {}, unreachable: () => {}},
    )
    await expect(third.start()).rejects.toMatchObject({errorName: 'PORT_TAKEN'})
    third.stop()
  })
})

describe('a stranger', () => {
  it('that sends noise is cut off, and the others go on', async () => {
    const [one, two] = await pair()
    const socket = connect(two.addresses.heartbeat)
    cleanups.push(() => socket.destroy())
    socket.on('error', () => {})
    await once(socket, 'connect')
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.write(Buffer.alloc(100_000, 0xff))
    socket.resume()
    await closed
    one.pulse(2, 1)
    await until('the pulse is there', async () => two.rounds.length === 1)
  })
})

/** Takes connections and never reads. */
async function frozenServer(): Promise<Address> {
  const {createServer} = await import('node:net')
  const server: Server = createServer({pauseOnConnect: true})
  server.listen(0, host)
  await once(server, 'listening')
  cleanups.push(() => server.close())
  const address = server.address()
  return {host, port: typeof address === 'object' && address !== null ? address.port : 0}
}

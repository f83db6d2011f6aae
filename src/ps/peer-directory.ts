/**
 * Where the other servers listen, as the metadata has it: raft asks in the middle of a turn and cannot wait, so what is there is
 * followed by a watch. A server that has gone is remembered, for its address is the best guess until it has another.
 */
import type {NodeId} from '../entity/ids.js'
import type {Server} from '../entity/server.js'
import type {Env} from '../env/env.js'
import type {Address} from '../env/net/network.js'
import {decodeRecord, type MetaRepository} from '../meta/repository.js'
import type {Way} from '../raftstore/transport/transport.js'

export class PeerDirectory {
  readonly #servers = new Map<NodeId, Server>()
  readonly #stop = new AbortController()
  #following: Promise<void> = Promise.resolve()

  constructor(
    private readonly repository: MetaRepository,
    private readonly env: Pick<Env, 'log'>,
  ) {}

  start(): void {
    this.#following = this.#follow()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#following
  }

  raft(node: NodeId): Readonly<Record<Way, Address>> | null {
    const server = this.#servers.get(node)
    if (server === undefined) return null
    const {ip: host, raft_heartbeat_port, raft_replicate_port} = server
    return {heartbeat: {host, port: raft_heartbeat_port}, replicate: {host, port: raft_replicate_port}}
  }

  rpc(node: NodeId): Address | null {
    const server = this.#servers.get(node)
    return server === undefined ? null : {host: server.ip, port: server.rpc_port}
  }

  async #follow(): Promise<void> {
    const {store, keys} = this.repository
    for await (const message of store.watch(keys.serverPrefix, {signal: this.#stop.signal})) {
      const values =
        message.type === 'snapshot'
          ? message.kvs.map(({value}) => value)
          : message.events.flatMap((event) => (event.type === 'put' ? [event.kv.value] : []))
      for (const value of values) this.#take(value)
    }
  }

  #take(value: Uint8Array): void {
    try {
      const server = decodeRecord<Server>(value)
      this.#servers.set(server.name, server)
    } catch (thrown) {
      this.env.log.warn('ps.peer.unreadable', {reason: (thrown as Error).message})
    }
  }
}

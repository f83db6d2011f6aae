/**
 * What carries raft's messages between nodes: one connection to each peer for heartbeats and votes, one for entries, so that
 * bulk never delays a pulse. Each goes one way: who wants to say something dials.
 *
 * - All that goes to a peer in one turn of the event loop goes in one packet, whatever groups it is of: a pulse of a
 *   thousand groups is one message.
 * - Nothing is acknowledged or repeated here. `unreachable` tells the groups that something may not have arrived.
 * - A peer proves the cluster's key and names its cluster before it is heard.
 *
 * Reading order: `wire-message.ts`, `introduction.ts`, `line.ts`, this.
 */
import type {NodeId} from '../../entity/ids.js'
import type {Log} from '../../env/log.js'
import type {Connection, ConnectionEvents} from '../../env/net/connection.js'
import type {DialEnv} from '../../env/net/dial.js'
import {FrameKind} from '../../env/net/frame.js'
import {Listener} from '../../env/net/listener.js'
import type {Address} from '../../env/net/network.js'
import type {Tls} from '../../env/net/tls.js'
import {CodedError, toCodedError} from '../../errors/coded-error.js'
import type {Message} from '../../raft/message.js'
import {decodeIntroduction} from './introduction.js'
import {Line} from './line.js'
import {decodePacket, type GroupMessage} from './wire-message.js'

const ways = ['heartbeat', 'replicate'] as const
export type Way = (typeof ways)[number]

export interface TransportOptions {
  readonly cluster: string
  readonly node: NodeId
  readonly authKey: string
  readonly listen: Readonly<Record<Way, Address>>
  readonly tls?: Tls | undefined
  /** Where a node listens, as the metadata has it; null while it does not. */
  resolve(node: NodeId): Readonly<Record<Way, Address>> | null
}

export interface TransportEvents {
  /** A message for this node from one that knows the key. */
  received(message: GroupMessage): void
  /** What was sent to the node may not have arrived. */
  unreachable(node: NodeId): void
}

const connectTimeoutMs = 1_000

export class RaftTransport {
  readonly #listeners: Readonly<Record<Way, Listener>>
  readonly #lines = new Map<string, Line>()
  readonly #guests = new Set<Connection>()

  constructor(
    private readonly env: DialEnv & {readonly log: Log},
    private readonly options: TransportOptions,
    private readonly events: TransportEvents,
  ) {
    const {authKey, listen, tls} = options
    const listener = (way: Way) => {
      const settings = {address: listen[way], authKey, tls: tls?.listen, protocol: `raft.${way}`}
      return new Listener(env, settings, (connection, peer) => this.#welcome(connection, peer))
    }
    this.#listeners = {heartbeat: listener('heartbeat'), replicate: listener('replicate')}
  }

  /** Resolves with the ports once both are open. Throws PORT_TAKEN. */
  async start(): Promise<Readonly<Record<Way, number>>> {
    const {heartbeat, replicate} = this.#listeners
    return {heartbeat: await heartbeat.start(), replicate: await replicate.start()}
  }

  send(message: GroupMessage): void {
    this.#line(message.message.to, wayOf(message.message)).send(message)
  }

  /** Idempotent. */
  stop(): void {
    for (const way of ways) this.#listeners[way].close()
    for (const line of this.#lines.values()) line.close()
    for (const guest of this.#guests) guest.destroy()
  }

  #line(peer: NodeId, way: Way): Line {
    const key = `${peer}/${way}`
    const known = this.#lines.get(key)
    if (known !== undefined) return known
    const {cluster, node, authKey, tls, resolve} = this.options
    const line = new Line(this.env, peer, {
      authKey,
      connectTimeoutMs,
      introduction: {cluster, node},
      ...(tls === undefined ? {} : {tls: tls.dial}),
      address: () => resolve(peer)?.[way] ?? null,
      lost: () => this.events.unreachable(peer),
    })
    this.#lines.set(key, line)
    return line
  }

  #welcome(connection: Connection, peer: string): ConnectionEvents {
    const {cluster, node} = this.options
    let from: NodeId | null = null
    this.#guests.add(connection)
    return {
      frame: ({kind, payload}) => {
        try {
          if (kind === FrameKind.ping) return
          if (from === null) {
            from = decodeIntroduction(payload, cluster).node
            return
          }
          if (kind !== FrameKind.packet) throw new CodedError('RPC_PARAM_ERROR', `frame kind ${kind}`)
          for (const item of decodePacket(payload)) {
            // an address may have been another node's before, and a node must not speak for another
            if (item.message.to === node && item.message.from === from) this.events.received(item)
          }
        } catch (thrown) {
          this.env.log.warn('raft.peer.refused', {peer, reason: toCodedError(thrown).message})
          connection.destroy()
        }
      },
      closed: () => {
        this.#guests.delete(connection)
      },
    }
  }
}

/** Entries and what answers them are bulk; all else keeps leaders in office and must not stand behind it. */
function wayOf({type}: Message): Way {
  switch (type) {
    case 'append':
    case 'append-accepted':
    case 'append-rejected':
    case 'snapshot':
      return 'replicate'
    default:
      return 'heartbeat'
  }
}

/**
 * All raft groups of a node: they share one timer, one transport and, through their logs, one disk.
 *
 * A group at rest costs its part of one pulse: every group ticks in the same turn of the event loop, so the heartbeats of all
 * of them to one peer leave in one packet.
 */
import type {NodeId, PartitionId} from '../entity/ids.js'
import type {Timer} from '../env/clock.js'
import type {Env} from '../env/env.js'
import {assert} from '../errors/assert.js'
import type {Message} from '../raft/message.js'
import type {RaftReplica} from './group/raft-replica.js'
import type {Pulse} from './pulse.js'
import {RaftTransport, type TransportOptions, type Way} from './transport/transport.js'

export interface RaftHostOptions extends TransportOptions {
  /** `ps.heartbeat_interval`. */
  readonly heartbeatMs: number
}

/** A follower that heard nothing for two heartbeats and up to two more asks for an election. */
const ticksPerHeartbeat = 5
const electionHeartbeats = 2

type Member = Pick<RaftReplica<unknown>, 'group' | 'tick' | 'step' | 'unreachable'>

export class RaftHost {
  readonly pulse: Pulse = {
    heartbeatTicks: ticksPerHeartbeat,
    electionTicks: ticksPerHeartbeat * electionHeartbeats,
    phase: () => this.#ticks % ticksPerHeartbeat,
  }
  readonly #members = new Map<PartitionId, Member>()
  readonly #transport: RaftTransport
  #ticks = 0
  #nextTick: Timer | null = null
  #isStopped = false

  constructor(
    private readonly env: Pick<Env, 'clock' | 'random' | 'network' | 'log'>,
    private readonly options: RaftHostOptions,
  ) {
    this.#transport = new RaftTransport(env, options, {
      received: ({group, message}) => {
        // For a node that had this address before: nobody answers in the name of another.
        if (message.to !== options.node) return
        // A group that is not here yet, or no longer: whoever asks asks again.
        this.#members.get(group)?.step(message)
      },
      unreachable: (node) => this.#unreachable(node),
    })
  }

  /** Resolves with the ports once both are open. Throws PORT_TAKEN. */
  async start(): Promise<Readonly<Record<Way, number>>> {
    const ports = await this.#transport.start()
    this.#tickAt(this.env.clock.nowMs() + this.#tickMs)
    return ports
  }

  add(member: Member): void {
    assert(!this.#members.has(member.group), 'one member of a group on a node')
    this.#members.set(member.group, member)
  }

  remove(group: PartitionId): void {
    this.#members.delete(group)
  }

  send(group: PartitionId, message: Message): void {
    this.#transport.send({group, message})
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#nextTick?.cancel()
    this.#transport.stop()
  }

  #unreachable(node: NodeId): void {
    for (const member of this.#members.values()) member.unreachable(node)
  }

  /** A process that stood still does not make up for its ticks: it has heard nothing meanwhile. */
  #tickAt(dueMs: number): void {
    const {clock} = this.env
    if (this.#isStopped) return
    this.#nextTick = clock.after(dueMs - clock.nowMs(), () => {
      this.#tickAt(Math.max(dueMs + this.#tickMs, clock.nowMs()))
      this.#ticks += 1
      for (const member of this.#members.values()) member.tick()
    })
  }

  get #tickMs(): number {
    return this.options.heartbeatMs / ticksPerHeartbeat
  }
}

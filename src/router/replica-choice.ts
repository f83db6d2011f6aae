/**
 * Which replica a read asks first, and which then (data-plane spec §4.8).
 *
 * A node that could not be reached is avoided for a while, but remains the last choice: when nothing else is left it is asked,
 * because being wrong about it costs one connection and being right about nothing costs the answer.
 */
import type {NodeId} from '../entity/ids.js'
import {type Partition, ReplicaState} from '../entity/partition.js'
import type {Server} from '../entity/server.js'
import type {Clock} from '../env/clock.js'
import type {LiveView} from '../meta/live-view.js'

export const loadBalances = ['leader', 'not_leader', 'random', 'least_connection', 'nearest_connection'] as const
export type LoadBalance = (typeof loadBalances)[number]

export interface ReplicaChoiceOptions {
  /** `global.raft_consistent`: replicas that are behind do not serve reads. */
  readonly raftConsistent: boolean
  /** This host's zone, for `nearest_connection`. */
  readonly hostZone: string
}

const faultyMs = 30_000
/** Below this many calls in flight, counting them says nothing about a server's load. */
const busyFrom = 10

/** What is not known is `random`, as is nothing at all. */
export function readLoadBalance(name: string): LoadBalance {
  return loadBalances.find((known) => known === name) ?? 'random'
}

export class ReplicaChoice {
  readonly #faultyUntilMs = new Map<NodeId, number>()
  readonly #inFlight = new Map<NodeId, number>()
  #turn = 0

  constructor(
    private readonly view: LiveView,
    private readonly clock: Clock,
    private readonly options: ReplicaChoiceOptions,
  ) {}

  /** Servers that are alive and hold the partition, in the order in which to ask them. */
  forRead(partition: Partition, loadBalance: LoadBalance): readonly Server[] {
    const leader = partition.leader_name
    const servers = this.#live(partition).filter(({name}) => {
      if (loadBalance === 'leader') return name === leader
      return (loadBalance !== 'not_leader' || name !== leader) && this.#mayServe(partition, name)
    })
    return this.#faultyLast(this.#ordered(servers, loadBalance))
  }

  /** The leader first; the others know who leads, if it has changed. */
  forWrite(partition: Partition): readonly Server[] {
    const rank = ({name}: Server) => (name === partition.leader_name ? 0 : 1)
    return this.#faultyLast([...this.#live(partition)].sort((a, b) => rank(a) - rank(b)))
  }

  markFaulty(node: NodeId): void {
    this.#faultyUntilMs.set(node, this.clock.nowMs() + faultyMs)
  }

  markReached(node: NodeId): void {
    this.#faultyUntilMs.delete(node)
  }

  /** Counts a call to the node for as long as it runs. */
  async counted<T>(node: NodeId, call: () => Promise<T>): Promise<T> {
    this.#inFlight.set(node, this.#calls(node) + 1)
    try {
      return await call()
    } finally {
      this.#inFlight.set(node, this.#calls(node) - 1)
    }
  }

  #ordered(servers: readonly Server[], loadBalance: LoadBalance): readonly Server[] {
    const turn = this.#turn++ % Math.max(1, servers.length)
    const inTurn = [...servers.slice(turn), ...servers.slice(0, turn)]
    if (loadBalance === 'nearest_connection') {
      const distance = ({host_zone}: Server) => (host_zone === this.options.hostZone ? 0 : 1)
      return inTurn.sort((a, b) => distance(a) - distance(b))
    }
    if (loadBalance !== 'least_connection' || inTurn.every(({name}) => this.#calls(name) <= busyFrom)) return inTurn
    return inTurn.sort((a, b) => this.#calls(a.name) - this.#calls(b.name))
  }

  #live({replicas = []}: Partition): readonly Server[] {
    return replicas.flatMap((node) => this.view.servers.get(node) ?? [])
  }

  #mayServe({status}: Partition, node: NodeId): boolean {
    return !this.options.raftConsistent || status?.[node] !== ReplicaState.notReady
  }

  #faultyLast(servers: readonly Server[]): readonly Server[] {
    const isFaulty = ({name}: Server) => (this.#faultyUntilMs.get(name) ?? -1) > this.clock.nowMs()
    return [...servers.filter((server) => !isFaulty(server)), ...servers.filter(isFaulty)]
  }

  #calls(node: NodeId): number {
    return this.#inFlight.get(node) ?? 0
  }
}

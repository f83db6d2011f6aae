/**
 * The second act: every fault ends, and the cluster must do again what it is for. Each group takes a write in time, then, with the
 * clients at rest, its replicas come to hold the same.
 *
 * What was lost for good (a wiped or rotten disk, never more than a minority) stays lost: those members are not waited for.
 */
import type {PartitionId} from '../../src/entity/ids.js'
import type {Cluster} from './cluster.js'
import type {LivenessMark, Observation} from './observation.js'
import type {World} from './world.js'

/** Ten election timeouts, and what precedes an election: processes come back, silent connections are given up. */
const electionTimeouts = 10
const recoveryMs = 30_000
const convergenceMs = 60_000
const pollMs = 50

export class SecondAct {
  constructor(
    private readonly world: World,
    private readonly cluster: Cluster,
    private readonly heartbeatMs: number,
    /** One write to the group; whether it was acknowledged. */
    private readonly write: (group: PartitionId) => Promise<boolean>,
    private readonly tell: (observation: Observation) => void,
  ) {}

  /** Whether every group took a write in time: one of its own, for clients may have nothing to write there. */
  async progress(): Promise<boolean> {
    this.#mark('healed', null)
    const written = await Promise.all(this.cluster.groups.map((group) => this.#takesWrite(group)))
    return !written.includes(false)
  }

  async #takesWrite(group: PartitionId): Promise<boolean> {
    const ms = recoveryMs + electionTimeouts * 4 * this.heartbeatMs
    const isDone = await this.#within(ms, () => this.write(group))
    if (isDone) this.#mark('progress', group)
    else this.#mark('no write', group, `group ${group}: ${this.#standing(group)}`)
    return isDone
  }

  /** Whether the members of each group came to agree. Clients must be at rest. */
  async convergence(): Promise<boolean> {
    const isDone = await this.#within(convergenceMs, () => this.cluster.groups.every((group) => this.#agrees(group)))
    const apart = this.cluster.groups.find((group) => !this.#agrees(group)) ?? null
    if (isDone) this.#mark('converged', null)
    else this.#mark('no agreement', apart, `members of group ${apart} do not agree: ${this.#standing(apart)}`)
    return isDone
  }

  /** Members of the group whose server runs, under the id that the group knows. */
  #wanted(group: PartitionId) {
    return this.cluster.replicas(group).filter(({node, place}) => this.cluster.nodeAt(place) === node)
  }

  #agrees(group: PartitionId): boolean {
    const wanted = this.#wanted(group)
    const indexes = this.cluster.members(group).map(({partition}) => partition.appliedIndex)
    return indexes.length >= wanted.length && indexes.every((index) => index === indexes[0])
  }

  #standing(group: PartitionId | null): string {
    if (group === null) return ''
    const open = this.cluster.members(group)
    const closed = this.#wanted(group).filter(({node}) => open.every((member) => member.node !== node))
    return [
      ...open.map(({place, partition}) => `${place} at ${partition.appliedIndex}`),
      ...closed.map(({place}) => `${place} is not open`),
    ].join(', ')
  }

  async #within(ms: number, condition: () => boolean | Promise<boolean>): Promise<boolean> {
    const endsAtMs = this.world.nowMs + ms
    while (!(await condition())) {
      if (this.world.nowMs >= endsAtMs) return false
      await this.cluster.clientClock.sleep(pollMs)
    }
    return true
  }

  #mark(mark: LivenessMark['mark'], group: PartitionId | null, detail?: string): void {
    const more = detail === undefined ? {} : {detail}
    this.tell({atMs: this.world.nowMs, kind: 'liveness', mark, group, ...more})
  }
}

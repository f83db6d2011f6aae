/** What the faults of a run act on, what one has while no other may touch it, and what they came to so far. */
import {until} from '../harness/until.js'
import {type Fault, targetOf} from '../sim/plan.js'
import type {ChaosCluster, ChaosNode} from './cluster.js'
import type {Daemon} from './daemon.js'
import {spacePath} from './space.js'

/** What happened, which is less than what was planned: a fault whose target is nobody is void. */
export const deeds = [
  ...['kills', 'stops', 'pauses', 'partitions', 'one-way', 'losses', 'disk-full', 'clock jumps'],
  ...['fsync EIO', 'torn tails', 'flipped bits', 'wipes', 'etcd faults', 'void'],
] as const
export type Deed = (typeof deeds)[number]

const patienceMs = 3_000

export class Arena {
  readonly done = new Map<Deed, number>()
  /** Promises broken under the eyes of a fault. */
  readonly broken: string[] = []
  readonly #taken = new Set<Daemon>()

  constructor(readonly cluster: ChaosCluster) {}

  count(deed: Deed): void {
    this.done.set(deed, (this.done.get(deed) ?? 0) + 1)
  }

  /** The nodes that a fault means at this moment: none if its target is nobody. Waits a while for a group's leader. */
  async nodesOf({target}: Fault): Promise<readonly ChaosNode[]> {
    const aim = targetOf(target)
    if (aim.shape === 'ps' || aim.shape === 'node') return [this.cluster.node(aim.place)]
    if (aim.shape === 'all ps') return this.cluster.servers
    if (aim.shape !== 'leader' && aim.shape !== 'follower') return []
    let found: ChaosNode | null = null
    const isFound = async () => {
      found = await this.#memberOf(aim.group, aim.shape === 'leader')
      return found !== null
    }
    await until('the group has such a member', isFound, patienceMs).catch(() => {})
    return found === null ? [] : [found]
  }

  async #memberOf(group: number, leads: boolean): Promise<ChaosNode | null> {
    const known = await this.cluster.membersOf(group, spacePath)
    const wanted = leads ? known?.leader : known?.members.find((node) => node !== known.leader)
    return wanted === undefined ? null : this.cluster.serverOf(wanted)
  }

  /**
   * Until the returned function is called no other fault has these. Waits a while for one that has; null if it keeps them.
   */
  async take(daemons: readonly Daemon[]): Promise<(() => void) | null> {
    const take = () => {
      if (daemons.some((daemon) => this.#taken.has(daemon))) return false
      for (const daemon of daemons) this.#taken.add(daemon)
      return true
    }
    const isTaken = await until('another fault lets go', take, patienceMs).then(
      () => true,
      () => false,
    )
    if (!isTaken) return null
    return () => {
      for (const daemon of daemons) this.#taken.delete(daemon)
    }
  }
}

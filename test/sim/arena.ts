import type {PartitionId} from '../../src/entity/ids.js'
import type {HistoryRecorder} from '../check/recorder.js'
import {Client} from './client.js'
import type {Cluster} from './cluster.js'
import {documentOf} from './document.js'
import type {Injector} from './injector.js'
import type {Observation} from './observation.js'
import type {PlaceName} from './plan.js'
import type {Arena, ReplicaSight} from './second-act.js'
import type {WorkloadSpace} from './workload.js'

/** Of one write of the second act; it is repeated until the act's own time is up. */
const writeTimeoutMs = 1_000

/** The second act's view of the simulated cluster, and its hold on it. */
export class ClusterArena implements Arena {
  readonly clock
  #gone: readonly PlaceName[] = []
  #writes = 0

  constructor(
    private readonly cluster: Cluster,
    private readonly injector: Injector,
    /** `ps.heartbeat_interval`: a follower's patience is two of them, and up to two more. */
    private readonly heartbeatMs: number,
    private readonly recorder: HistoryRecorder,
    readonly tell: (observation: Observation) => void,
  ) {
    this.clock = cluster.clientClock
  }

  get electionMs(): number {
    return 4 * this.heartbeatMs
  }

  get groups(): readonly PartitionId[] {
    return this.cluster.groups
  }

  get places(): readonly PlaceName[] {
    return [...this.cluster.supervisors.keys()]
  }

  voters(group: PartitionId): {readonly sound: readonly PlaceName[]; readonly all: number} {
    const places = this.cluster.replicas(group).map(({place}) => place)
    return {sound: places.filter((place) => !this.injector.spoilt.has(place)), all: places.length}
  }

  keepOnly(core: ReadonlySet<PlaceName>): void {
    this.injector.healAll()
    this.#gone = this.places.filter((place) => !core.has(place))
    for (const place of this.#gone) this.cluster.supervisor(place).crash()
  }

  /** The act is over, and those that were taken down come back. */
  reviveAll(): void {
    for (const place of this.#gone) this.cluster.supervisor(place).release()
    this.#gone = []
  }

  isUp(place: PlaceName): boolean {
    return this.cluster.supervisor(place).isUp
  }

  replicas(group: PartitionId): readonly ReplicaSight[] {
    const members = this.cluster.members(group)
    return this.cluster.replicas(group).map(({place, node}) => {
      const partition = members.find((member) => member.node === node)?.partition
      if (partition === undefined) return {place, applied: null, commit: 0, isLeader: false}
      const {Commit: commit = 0} = partition.info(true).raft_status ?? {}
      return {place, applied: partition.appliedIndex, commit, isLeader: partition.leadership.leader === node}
    })
  }

  async write(group: PartitionId, router: PlaceName): Promise<boolean> {
    const space = this.cluster.workloadSpaces.find(({groups}) => groups.includes(group))
    if (space === undefined) return false
    const ask = this.cluster.ask(Number(router.split('/')[1]) - 1)
    const client = new Client(ask, space.address, writeTimeoutMs, () => {})
    this.#writes += 1
    const [id, value] = [idIn(space, group), `second act ${this.#writes}`]
    const key = {spaceId: space.id, id}
    const call = this.recorder.invoke({client: value, key, kind: 'upsert', value})
    const [{outcome} = {outcome: 'unknown' as const}] = await client.upsert([documentOf(id, value)])
    call[outcome]()
    return outcome === 'ok'
  }
}

/** A document of that group which the clients of the first act do not use. */
function idIn(space: WorkloadSpace, group: PartitionId): string {
  for (let at = 0; ; at += 1) if (space.group(`s${at}`) === group) return `s${at}`
}

/** Which servers may take a replica, best first. Placement's own rules, applied to one replica of one partition. */
import type {NodeId} from '../../entity/ids.js'
import type {Server} from '../../entity/server.js'
import {type AntiAffinity, eligibleServers} from '../../master/placement.js'
import {replicasByNode} from '../picture/node-load.js'
import {intendedReplicas, type PartitionSight} from '../picture/partition-sight.js'
import type {ClusterPicture} from '../picture/picture.js'

/** The field of a server's record by which a strategy keeps replicas apart. */
export const labelNames = {0: null, 1: 'host_ip', 2: 'host_rack', 3: 'host_zone'} as const satisfies Record<
  AntiAffinity,
  string | null
>

/** Empty where the server has no such label: then it stands alone. */
export function labelOf(server: Server, strategy: AntiAffinity): string {
  const name = labelNames[strategy]
  return name === null ? '' : (server[name] ?? '')
}

/** Alive, or as it was when it was last. */
export function serverOf({metadata}: Pick<ClusterPicture, 'metadata'>, node: NodeId): Server | null {
  return metadata.servers.get(node)?.value ?? metadata.failServers.get(node)?.value.server ?? null
}

export class Candidates {
  readonly #load: Map<NodeId, number>
  readonly #eligible = new Map<string, readonly Server[]>()

  constructor(private readonly picture: ClusterPicture) {
    this.#load = replicasByNode(picture)
  }

  /** By load, then by id. `leaving`: a replica that goes, whose label is free again. */
  forReplica(sight: PartitionSight, leaving: NodeId | null = null): readonly NodeId[] {
    const {antiAffinity} = this.picture.settings
    const staying = intendedReplicas(sight).filter((node) => node !== leaving)
    const labels = new Set(
      staying
        .map((node) => serverOf(this.picture, node))
        .map((server) => (server === null ? '' : labelOf(server, antiAffinity))),
    )
    return this.#eligibleFor(sight)
      .filter((server) => !intendedReplicas(sight).includes(server.name))
      .filter((server) => labelOf(server, antiAffinity) === '' || !labels.has(labelOf(server, antiAffinity)))
      .map(({name}) => name)
      .sort((a, b) => this.loadOf(a) - this.loadOf(b) || a - b)
  }

  isEligible(sight: PartitionSight, node: NodeId): boolean {
    return this.#eligibleFor(sight).some(({name}) => name === node)
  }

  loadOf(node: NodeId): number {
    return this.#load.get(node) ?? 0
  }

  /** A plan's earlier steps count for its later ones. */
  moved(from: NodeId | null, to: NodeId): void {
    if (from !== null) this.#load.set(from, this.loadOf(from) - 1)
    this.#load.set(to, this.loadOf(to) + 1)
  }

  #eligibleFor({listing}: PartitionSight): readonly Server[] {
    if (listing === null) return []
    const {resource_name: resourceName, db_id: db} = listing.space.value
    const key = `${db} ${resourceName}`
    const known = this.#eligible.get(key)
    if (known !== undefined) return known
    const {servers, dbs, cordons} = this.picture.metadata
    const live = [...servers].map(([name, {value}]) => ({...value, name}))
    const found = eligibleServers(live, {
      resourceName,
      dbServers: dbs.get(db)?.value.ps ?? [],
      cordoned: new Set(cordons.keys()),
    })
    this.#eligible.set(key, found)
    return found
  }
}

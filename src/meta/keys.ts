/**
 * Every key of the metadata, built and taken apart here and nowhere else (control-plane spec §2.2).
 */
import type {DbId, NodeId, PartitionId, SpaceId} from '../entity/ids.js'
import {dbId, nodeId, partitionId, spaceId} from '../entity/ids.js'

export const sequences = ['node', 'space', 'db', 'partition'] as const
export type SequenceName = (typeof sequences)[number]

/** What a key is about, with the ids that it carries. */
export type ParsedKey =
  | {readonly kind: 'sequence'; readonly sequence: SequenceName}
  | {readonly kind: 'dbName'; readonly id: DbId}
  | {readonly kind: 'dbId'; readonly name: string}
  | {readonly kind: 'db'; readonly id: DbId}
  | {readonly kind: 'space'; readonly dbId: DbId; readonly id: SpaceId}
  | {readonly kind: 'spaceConfig'; readonly dbId: DbId; readonly id: SpaceId}
  | {readonly kind: 'partition'; readonly id: PartitionId}
  | {readonly kind: 'server'; readonly id: NodeId}
  | {readonly kind: 'failServer'; readonly id: NodeId}
  | {readonly kind: 'router'; readonly ip: string}
  | {readonly kind: 'requestLimit' | 'memoryLimit' | 'slowSearchIsolation'}
  | {readonly kind: 'user' | 'role' | 'alias'; readonly name: string}
  | {readonly kind: 'mute'; readonly name: string}
  | {readonly kind: 'cordon'; readonly id: NodeId}
  | {readonly kind: 'member'; readonly memberId: string}
  | {readonly kind: 'lock'; readonly name: string; readonly leaseId: string}
  | {readonly kind: 'removal'; readonly id: SpaceId}
  | {readonly kind: 'replicaChange'; readonly id: PartitionId}
  | {readonly kind: 'duty'; readonly name: string}
  | {readonly kind: 'unknown'}

/** The keys of one cluster. Fields that end in `Prefix` are for ranges and watches, the rest are whole keys. */
export class Keys {
  /** `/` and the cluster's name; a name that starts with `/` is taken as it is. */
  readonly root: string

  constructor(readonly cluster: string) {
    this.root = cluster.startsWith('/') ? cluster : `/${cluster}`
  }

  /** Everything of this cluster, and nothing of a cluster whose name merely begins with this one's. */
  get all(): string {
    return `${this.root}/`
  }

  sequence = (name: SequenceName): string => `${this.root}/id/${name}`

  /** Holds the database's name. */
  dbName = (id: DbId): string => `${this.root}/db/id/${id}`
  /** Holds the database's id. */
  dbId = (name: string): string => `${this.root}/db/name/${name}`
  db = (id: DbId): string => `${this.root}/db/body/${id}`
  get dbPrefix(): string {
    return `${this.root}/db/body/`
  }

  space = (db: DbId, id: SpaceId): string => `${this.root}/space/${db}/${id}`
  spacesOf = (db: DbId): string => `${this.root}/space/${db}/`
  get spacePrefix(): string {
    return `${this.root}/space/`
  }
  spaceConfig = (db: DbId, id: SpaceId): string => `${this.root}/space_config/${db}/${id}`
  get spaceConfigPrefix(): string {
    return `${this.root}/space_config/`
  }

  partition = (id: PartitionId): string => `${this.root}/partition/${id}`
  get partitionPrefix(): string {
    return `${this.root}/partition/`
  }

  server = (id: NodeId): string => `${this.root}/server/${id}`
  get serverPrefix(): string {
    return `${this.root}/server/`
  }
  failServer = (id: NodeId): string => `${this.root}/fail/server/${id}`
  get failServerPrefix(): string {
    return `${this.root}/fail/server/`
  }

  router = (ip: string): string => `${this.routerPrefix}${ip}`
  get routerPrefix(): string {
    return `${this.root}/router/${this.cluster}/`
  }
  get requestLimit(): string {
    return `${this.root}/router/request_limit_config`
  }
  get memoryLimit(): string {
    return `${this.root}/router/memory_limit_config`
  }
  get slowSearchIsolation(): string {
    return `${this.root}/router/slow_search_isolation`
  }

  user = (name: string): string => `${this.root}/user/${name}`
  get userPrefix(): string {
    return `${this.root}/user/`
  }
  role = (name: string): string => `${this.root}/role/${name}`
  get rolePrefix(): string {
    return `${this.root}/role/`
  }
  alias = (name: string): string => `${this.root}/alias/${name}`
  get aliasPrefix(): string {
    return `${this.root}/alias/`
  }

  /** A finding of `doctor` that somebody does not want to hear of for a while. Ours, not Vearch's. */
  mute = (name: string): string => `${this.mutePrefix}${encodeURIComponent(name)}`
  get mutePrefix(): string {
    return `${this.root}/vearchctl/mutes/`
  }

  /** A server that gets no new replicas, and why. Ours, not Vearch's. */
  cordon = (id: NodeId): string => `${this.cordonPrefix}${id}`
  get cordonPrefix(): string {
    return `${this.root}/vearchctl/cordons/`
  }

  member = (etcdMemberId: string): string => `${this.root}/member/${etcdMemberId}`
  get memberPrefix(): string {
    return `${this.root}/member/`
  }
  /** Vearch names its locks by keys that carry the prefix already, so it appears twice. */
  lock = (name: string): string => `${this.root}/lock/${this.root}/lock/${name}`
  get lockPrefix(): string {
    return `${this.root}/lock/`
  }

  /** What is left to clean up of a space that was removed. Ours, not Vearch's. */
  removal = (id: SpaceId): string => `${this.removalPrefix}${id}`
  get removalPrefix(): string {
    return `${this.root}/removed/space/`
  }

  /** The change of a partition's members that is under way, or the last one. Ours, not Vearch's. */
  replicaChange = (id: PartitionId): string => `${this.replicaChangePrefix}${id}`
  get replicaChangePrefix(): string {
    return `${this.root}/replica_change/`
  }

  /** Which master does what only one does at a time. Ours, not Vearch's. */
  duty = (name: string): string => `${this.dutyPrefix}${name}`
  get dutyPrefix(): string {
    return `${this.root}/duty/`
  }

  parse(key: string): ParsedKey {
    if (!key.startsWith(this.all)) return {kind: 'unknown'}
    if (key.startsWith(this.routerPrefix)) return {kind: 'router', ip: key.slice(this.routerPrefix.length)}
    const [kind = '', ...rest] = key.slice(this.all.length).split('/')
    return this.#parseWithin(kind, rest)
  }

  #parseWithin(kind: string, rest: readonly string[]): ParsedKey {
    const [first = '', second = ''] = rest
    const [id, innerId] = [idIn(first), idIn(second)]
    switch (`${kind}:${rest.length}`) {
      case 'id:1':
        return isSequence(first) ? {kind: 'sequence', sequence: first} : {kind: 'unknown'}
      case 'db:2':
        if (first === 'name') return {kind: 'dbId', name: second}
        if (innerId === null) return {kind: 'unknown'}
        if (first === 'id') return {kind: 'dbName', id: dbId(innerId)}
        return first === 'body' ? {kind: 'db', id: dbId(innerId)} : {kind: 'unknown'}
      case 'space:2':
        if (id === null || innerId === null) return {kind: 'unknown'}
        return {kind: 'space', dbId: dbId(id), id: spaceId(innerId)}
      case 'space_config:2':
        if (id === null || innerId === null) return {kind: 'unknown'}
        return {kind: 'spaceConfig', dbId: dbId(id), id: spaceId(innerId)}
      case 'partition:1':
        return id === null ? {kind: 'unknown'} : {kind: 'partition', id: partitionId(id)}
      case 'replica_change:1':
        return id === null ? {kind: 'unknown'} : {kind: 'replicaChange', id: partitionId(id)}
      case 'duty:1':
        return {kind: 'duty', name: first}
      case 'server:1':
        return id === null ? {kind: 'unknown'} : {kind: 'server', id: nodeId(id)}
      case 'fail:2':
        if (first !== 'server' || innerId === null) return {kind: 'unknown'}
        return {kind: 'failServer', id: nodeId(innerId)}
      case 'router:1':
        if (first === 'request_limit_config') return {kind: 'requestLimit'}
        if (first === 'memory_limit_config') return {kind: 'memoryLimit'}
        return first === 'slow_search_isolation' ? {kind: 'slowSearchIsolation'} : {kind: 'unknown'}
      case 'user:1':
        return {kind: 'user', name: first}
      case 'role:1':
        return {kind: 'role', name: first}
      case 'alias:1':
        return {kind: 'alias', name: first}
      case 'vearchctl:2':
        if (first === 'mutes') return {kind: 'mute', name: second}
        return first === 'cordons' && innerId !== null ? {kind: 'cordon', id: nodeId(innerId)} : {kind: 'unknown'}
      case 'member:1':
        return {kind: 'member', memberId: first}
      case 'removed:2':
        return first === 'space' && innerId !== null ? {kind: 'removal', id: spaceId(innerId)} : {kind: 'unknown'}
      default:
        if (kind !== 'lock' || rest.length === 0) return {kind: 'unknown'}
        return {kind: 'lock', name: rest.slice(0, -1).join('/'), leaseId: rest[rest.length - 1] ?? ''}
    }
  }
}

/** The id that a part of a key is, or null: a stray key must not become a record with the id NaN, nor a second one with the id 7. */
function idIn(part: string): number | null {
  return /^(?:0|[1-9]\d{0,14})$/.test(part) ? Number(part) : null
}

function isSequence(name: string): name is SequenceName {
  return (sequences as readonly string[]).includes(name)
}

/**
 * From a seed to a run: how large the cluster is, what its clients do, which faults exist in this run at all and how often
 * they come; then the plan that follows from that.
 *
 * Each seed leaves most kinds of faults out, and draws how hard the others hit. A run with every fault at once finds less than
 * many runs with a few each: faults mask each other, and a cluster that never works proves nothing.
 */
import {everySite} from '../harness/sim-failpoints.js'
import {
  type Fault,
  type FaultArg,
  type FaultKind,
  faultKinds,
  type PlaceName,
  type Plan,
  type TargetShape,
} from './plan.js'
import {Prng} from './prng.js'

export interface SpaceShape {
  readonly partitions: number
  readonly replicas: number
}

export interface ClusterShape {
  readonly masters: number
  readonly routers: number
  readonly servers: number
  readonly spaces: readonly SpaceShape[]
  /** `ps.raft_retain_logs`: few, so that members fall behind the log and need a snapshot. */
  readonly retainLogs: number
  /** `ps.raft_diff_count`. */
  readonly diffCount: number
  readonly heartbeatMs: number
  /** Bytes of commands between two checkpoints of a partition, where the code lets a run choose. */
  readonly segmentBytes: number
}

export interface NetworkShape {
  readonly minMs: number
  readonly meanMs: number
  readonly lossPermille: number
}

export interface DiskShape {
  readonly meanMs: number
  /** How many of a crash's unsynced writes come out vanished, torn or as garbage. */
  readonly crashFaultPercent: number
}

export interface WorkloadShape {
  readonly clients: number
  /** All clients together. */
  readonly opsPerSecond: number
  readonly keysPerSpace: number
  readonly batchMax: number
  /** Weights. */
  readonly mix: Readonly<Record<'upsert' | 'get' | 'delete' | 'search' | 'query' | 'admin', number>>
  readonly retriesMax: number
  readonly timeoutMs: number
}

export interface Swarm {
  readonly seed: number
  readonly cluster: ClusterShape
  readonly network: NetworkShape
  readonly disk: DiskShape
  readonly driftPermille: number
  readonly workload: WorkloadShape
  /** Faults a virtual minute, of the kinds that exist in this run. */
  readonly armed: Readonly<Partial<Record<FaultKind, number>>>
  /** The first act. */
  readonly lengthMs: number
}

const defaultLengthMs = 90_000
/** Not before the cluster can have come up: a plan that hits nothing tests nothing. */
const firstFaultMs = 500

export function swarmOf(seed: number, lengthMs: number = defaultLengthMs): Swarm {
  const random = new Prng(seed).fork('swarm')
  const cluster = clusterOf(random.fork('cluster'))
  return {
    seed,
    cluster,
    network: networkOf(random.fork('network')),
    disk: diskOf(random.fork('disk')),
    driftPermille: random.fork('drift').pick([0, 0, 10, 50]),
    workload: workloadOf(random.fork('workload')),
    armed: {...armedOf(random.fork('armed')), ...aimedOf(random.fork('aimed'))},
    lengthMs,
  }
}

/** In order of time. */
export function planOf(swarm: Swarm): Plan {
  const random = new Prng(swarm.seed).fork('plan')
  const faults = (Object.entries(swarm.armed) as [FaultKind, number][]).flatMap(([kind, perMinute]) =>
    faultsOf(kind, perMinute, swarm, random.fork(kind)),
  )
  return faults.sort((a, b) => a.atMs - b.atMs)
}

function clusterOf(random: Prng): ClusterShape {
  const servers = random.pick([1, 3, 3, 3, 4, 5])
  const replicas = (): number => (servers === 1 ? 1 : random.pick(servers === 5 ? [3, 3, 5] : [1, 3, 3, 3]))
  const spaces = Array.from({length: random.between(1, 2)}, () => ({
    partitions: random.between(1, 3),
    replicas: replicas(),
  }))
  return {
    masters: random.pick([1, 1, 2, 3]),
    routers: random.pick([1, 2, 2]),
    servers,
    spaces,
    retainLogs: random.pick([10, 20, 100, 1_000]),
    diffCount: random.pick([10, 100, 10_000]),
    heartbeatMs: random.pick([100, 200, 500]),
    segmentBytes: random.pick([16 * 1024, 64 * 1024, 1024 * 1024]),
  }
}

function networkOf(random: Prng): NetworkShape {
  return {
    minMs: random.pick([0, 0, 1, 5]),
    meanMs: random.pick([0.1, 0.5, 1, 1, 5, 20, 100]),
    lossPermille: random.pick([0, 0, 0, 10, 50, 350]),
  }
}

function diskOf(random: Prng): DiskShape {
  return {meanMs: random.pick([0.1, 0.5, 1, 5, 20]), crashFaultPercent: random.pick([80, 90, 100])}
}

function workloadOf(random: Prng): WorkloadShape {
  const weight = (most: number): number => random.below(most + 1)
  return {
    clients: random.between(2, 10),
    opsPerSecond: random.pick([10, 20, 50, 50, 100]),
    keysPerSpace: random.pick([3, 10, 30, 100]),
    batchMax: random.pick([1, 1, 3, 10]),
    mix: {
      upsert: 5 + weight(10),
      get: 3 + weight(10),
      delete: weight(4),
      search: weight(4),
      query: weight(2),
      admin: random.pick([0, 0, 0.1]),
    },
    retriesMax: random.pick([0, 1, 3]),
    timeoutMs: random.pick([1_000, 4_000, 10_000]),
  }
}

/** Faults a minute at the very most, where the kind is armed. Those that end a process or a majority are dear: they come seldom. */
const mostPerMinute: Readonly<Record<FaultKind, number>> = {
  crash: 12,
  pause: 6,
  stop: 4,
  wipe: 1,
  isolate: 8,
  'cut-off': 10,
  split: 4,
  'one-way': 8,
  'majority-ring': 2,
  clog: 12,
  'swizzle-clog': 3,
  latency: 4,
  loss: 4,
  reset: 12,
  'slow-disk': 4,
  'sync-error': 2,
  'disk-full': 3,
  'bit-rot': 1,
  'slow-apply': 4,
  'checkpoint-error': 3,
  'wall-jump': 6,
  drift: 2,
  'etcd-down': 3,
  'etcd-slow': 3,
  'etcd-lost-answers': 3,
  'etcd-compact': 4,
  'etcd-watch-gap': 4,
  failpoint: 4,
  'leader-transfer': 8,
  'move-replica': 3,
  checkpoint: 8,
  kill: 6,
  strand: 8,
  'crash-at': 12,
  'etcd-lost-requests': 3,
  administer: 6,
  'take-ids': 6,
  'disk-low': 6,
}

/** They bring about what the others hit by chance, and not often. */
const aimedKinds: readonly FaultKind[] = [
  'kill',
  'strand',
  'crash-at',
  'etcd-lost-requests',
  'administer',
  'take-ids',
  'disk-low',
]
const aimedShare = 0.25

/** A third of all kinds, each at a rate of its own. What only makes other faults bite (transfers, checkpoints) is likelier. */
function armedOf(random: Prng): Swarm['armed'] {
  const kinds = Object.keys(faultKinds) as FaultKind[]
  const unaimed = kinds.filter((kind) => !aimedKinds.includes(kind))
  const armed = unaimed.flatMap((kind): [FaultKind, number][] => {
    const most = mostPerMinute[kind]
    const isArmed = random.chance(['leader-transfer', 'checkpoint', 'crash', 'cut-off'].includes(kind) ? 0.5 : 0.3)
    const perMinute = most * (0.2 + 0.8 * random.next())
    return isArmed && most > 0 ? [[kind, perMinute]] : []
  })
  return Object.fromEntries(armed)
}

/** A quarter of all runs has some of them; the others are as they would be if there were none. */
function aimedOf(random: Prng): Swarm['armed'] {
  if (!random.chance(aimedShare)) return {}
  const armed = aimedKinds.filter(() => random.chance(0.5))
  return Object.fromEntries(armed.map((kind) => [kind, mostPerMinute[kind] * (0.4 + 0.6 * random.next())]))
}

function faultsOf(kind: FaultKind, perMinute: number, {cluster, lengthMs}: Swarm, random: Prng): Fault[] {
  const {targets, longestMs} = faultKinds[kind]
  const found: Fault[] = []
  const meanMs = 60_000 / perMinute
  for (let atMs = firstFaultMs + random.exponential(meanMs); atMs < lengthMs; atMs += random.exponential(meanMs)) {
    const target = drawnTarget(random.pick<TargetShape>(targets), cluster, random)
    if (target === null) continue
    const forMs = longestMs === null ? null : drawnLength(longestMs, random)
    found.push({atMs: Math.floor(atMs), kind, target, args: drawnArgs(kind, cluster, random), forMs})
  }
  return found
}

/** Mostly about as long as an election takes, so that things happen at its seams; now and then long enough for leases to end. */
function drawnLength(longestMs: number, random: Prng): number {
  const meanMs = random.pick([200, 1_500, 1_500, 5_000, 15_000])
  return Math.min(longestMs, Math.ceil(random.exponential(meanMs)))
}

/** Null where the cluster is too small to have one. */
function drawnTarget(shape: TargetShape, cluster: ClusterShape, random: Prng): string | null {
  const groups = cluster.spaces.reduce((sum, {partitions}) => sum + partitions, 0)
  switch (shape) {
    case 'etcd':
    case 'all ps':
    case 'cluster':
      return shape
    case 'ps':
      return `ps/${random.between(1, cluster.servers)}`
    case 'node':
      return random.pick(placesOf(cluster))
    case 'leader':
    case 'follower':
      return `${shape} of group ${random.between(1, groups)}`
    case 'group':
      return `group ${random.between(1, groups)}`
    case 'link': {
      const [from, to] = random.shuffled(random.chance(0.8) ? serversOf(cluster) : placesOf(cluster))
      return from === undefined || to === undefined ? null : `${from}>${to}`
    }
  }
}

function drawnArgs(kind: FaultKind, cluster: ClusterShape, random: Prng): Readonly<Record<string, FaultArg>> {
  const servers = serversOf(cluster)
  switch (kind) {
    case 'split':
      return {side: random.shuffled(placesOf(cluster)).filter(() => random.chance(0.5))}
    case 'swizzle-clog': {
      const clogged = random.shuffled(servers).slice(0, random.between(1, servers.length))
      return {clogged, released: random.shuffled(clogged)}
    }
    case 'latency':
    case 'slow-disk':
    case 'slow-apply':
    case 'etcd-slow':
      return {meanMs: random.pick([10, 50, 200, 1_000, 3_000])}
    case 'loss':
    case 'etcd-lost-answers':
    case 'etcd-lost-requests':
      return {permille: random.pick([50, 200, 500, 1_000])}
    case 'bit-rot':
      return {bits: random.pick([1, 8, 64])}
    case 'wall-jump':
      return {byMs: random.pick([-1, 1]) * random.pick([1_000, 60_000, 3_600_000, 86_400_000])}
    case 'drift':
      return {permille: random.between(-50, 50)}
    case 'failpoint':
      return {site: random.pick(everySite), permille: random.pick([50, 250, 1_000])}
    case 'crash-at':
      return {site: random.pick(everySite)}
    case 'take-ids':
      return {count: random.pick([1, 5, 20])}
    case 'leader-transfer':
      return {to: random.pick(servers)}
    case 'move-replica':
      return {from: random.pick(servers), to: random.pick(servers)}
    default:
      return {}
  }
}

export function serversOf({servers}: ClusterShape): PlaceName[] {
  return Array.from({length: servers}, (_, at): PlaceName => `ps/${at + 1}`)
}

export function placesOf(cluster: ClusterShape): PlaceName[] {
  const {masters, routers} = cluster
  return [
    ...serversOf(cluster),
    ...Array.from({length: masters}, (_, at): PlaceName => `master/${at + 1}`),
    ...Array.from({length: routers}, (_, at): PlaceName => `router/${at + 1}`),
  ]
}

/**
 * The second act: what was broken may stay broken, but a majority of every group is well again. From then on the database must
 * work: every group takes a write within ten election timeouts, and the replicas of the core come to agree.
 *
 * The core is drawn at random, as small as it may be: a majority of the replicas of each group, one master, one router.
 * Whoever is not in it is as bad as can be, for good. If no progress comes, somebody who sees everything looks whether the
 * core had what it takes; only if it truly lacked data is it excused.
 */
import type {PartitionId} from '../../src/entity/ids.js'
import type {Clock} from '../../src/env/clock.js'
import type {LivenessMark, Observation} from './observation.js'
import type {PlaceName} from './plan.js'
import type {Prng} from './prng.js'

/** A replica as somebody sees it who sees everything; `applied` is null where no replica is open. */
export interface ReplicaSight {
  readonly place: PlaceName
  readonly applied: number | null
  readonly commit: number
  readonly isLeader: boolean
}

export interface Arena {
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>
  /** As long as an election may take: the longest patience of a follower. */
  readonly electionMs: number
  readonly groups: readonly PartitionId[]
  readonly places: readonly PlaceName[]
  /** Where the group's replicas are, those left out whose data was spoilt for good. */
  voters(group: PartitionId): {readonly sound: readonly PlaceName[]; readonly all: number}
  /** Ends every fault, then takes everybody down for good who is not in the core. */
  keepOnly(core: ReadonlySet<PlaceName>): void
  isUp(place: PlaceName): boolean
  replicas(group: PartitionId): readonly ReplicaSight[]
  /** One write to the group through a router of the core; whether it was acknowledged. */
  write(group: PartitionId, router: PlaceName): Promise<boolean>
  tell(observation: Observation): void
}

/** Servers look for their master, and wait until their old lease has ended. */
const bootMs = 90_000
/** What follows an election until a client's write comes through: the leader is announced, the router hears of it. */
const noticeMs = 5_000
const convergeMs = 60_000
const pollMs = 50
const electionsMax = 10

/** Resolves when it is over, whatever came of it: that is told. */
export async function secondAct(arena: Arena, random: Prng): Promise<void> {
  const {clock, groups} = arena
  const able = groups.filter((group) => isQuorum(arena.voters(group).sound.length, arena.voters(group).all))
  const core = drawnCore(arena, able, random)
  const [router] = [...core].filter((place) => place.startsWith('router/'))
  arena.keepOnly(core)
  const isUp = await within(clock, bootMs, async () => [...core].every((place) => arena.isUp(place)))
  tell(arena, 'healed', null)
  if (!isUp || router === undefined) {
    tell(arena, 'not up', null, [...core].filter((place) => !arena.isUp(place)).join(', '))
    return
  }
  const limitMs = electionsMax * arena.electionMs + noticeMs
  const written = await Promise.all(
    able.map(async (group) => {
      const isDone = await within(clock, limitMs, () => arena.write(group, router))
      tell(arena, isDone ? 'progress' : 'no write', group, isDone ? undefined : sightText(arena, group, core))
      return isDone
    }),
  )
  if (written.includes(false)) return
  const agree = async () => able.every((group) => isAgreed(arena.replicas(group).filter(({place}) => core.has(place))))
  if (await within(clock, convergeMs, agree)) tell(arena, 'converged', null)
  else tell(arena, 'no agreement', null, able.map((group) => sightText(arena, group, core)).join('\n'))
}

function drawnCore(arena: Arena, groups: readonly PartitionId[], random: Prng): ReadonlySet<PlaceName> {
  const core = new Set<PlaceName>()
  for (const role of ['master/', 'router/'])
    core.add(random.pick(arena.places.filter((place) => place.startsWith(role))))
  for (const group of groups) {
    const {sound, all} = arena.voters(group)
    const wanted = Math.floor(all / 2) + 1
    const drawn = random.shuffled(sound)
    // Who is in it for another group counts for this one too.
    const chosen = [...drawn.filter((place) => core.has(place)), ...drawn.filter((place) => !core.has(place))]
    for (const place of chosen.slice(0, wanted)) core.add(place)
  }
  return core
}

function isQuorum(some: number, all: number): boolean {
  return some > all / 2
}

/** One leads, and all have applied what it has committed. */
function isAgreed(replicas: readonly ReplicaSight[]): boolean {
  const commit = replicas.find(({isLeader}) => isLeader)?.commit
  return commit !== undefined && replicas.every(({applied}) => applied === commit)
}

async function within(clock: Arena['clock'], ms: number, isDone: () => Promise<boolean>): Promise<boolean> {
  const endsAtMs = clock.nowMs() + ms
  for (;;) {
    if (await isDone()) return clock.nowMs() <= endsAtMs
    if (clock.nowMs() >= endsAtMs) return false
    await clock.sleep(pollMs)
  }
}

function tell(arena: Arena, mark: LivenessMark['mark'], group: PartitionId | null, detail?: string): void {
  arena.tell({atMs: arena.clock.nowMs(), kind: 'liveness', mark, group, ...(detail === undefined ? {} : {detail})})
}

function sightText(arena: Arena, group: PartitionId, core: ReadonlySet<PlaceName>): string {
  const lines = arena.replicas(group).map(({place, applied, commit, isLeader}) => {
    return `${place}${core.has(place) ? '' : ' (gone)'}: ${isLeader ? 'leads, ' : ''}applied ${applied ?? 'nothing'} of ${commit}`
  })
  return `group ${group}: ${lines.join('; ')}`
}

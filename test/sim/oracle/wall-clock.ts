import type {Observation} from '../observation.js'
import type {Plan} from '../plan.js'
import type {Finding} from './oracle.js'

/**
 * P12: no safety rule reads the wall clock. A run is told once with its jumps of wall clocks and once without: whatever the
 * groups did must be the same, down to the moment.
 */
export function withoutWallJumps(plan: Plan): Plan {
  return plan.filter(({kind}) => kind !== 'wall-jump')
}

export function judgeWallClock(jumped: readonly Observation[], steady: readonly Observation[]): Finding[] {
  const [one, other] = [jumped, steady].map((stream) => stream.filter(isOfGroups).map((seen) => JSON.stringify(seen)))
  const at = one?.findIndex((seen, place) => seen !== other?.[place]) ?? -1
  if (at === -1 && one?.length === other?.length) return []
  const place = at === -1 ? (one?.length ?? 0) : at
  const detail = `with jumps: ${one?.[place]}\nwithout: ${other?.[place]}`
  return [{promise: 'P12', rule: 'a group did otherwise when wall clocks jumped', detail}]
}

function isOfGroups({kind}: Observation): boolean {
  return ['led', 'hard-state', 'voted', 'applied', 'restored', 'state', 'members'].includes(kind)
}

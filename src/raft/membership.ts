/**
 * Who belongs to a group, and which change leads to which membership (thesis §4).
 *
 * A change of one member keeps any majority of the old voters and any of the new ones overlapping, so it needs one entry
 * (§4.2). Several changes at once go through a joint membership, in which both halves must agree (§4.3); a voter that
 * is to become a learner waits in `learnersNext` until the joint membership is left, for it still votes in the outgoing half.
 */
import type {NodeId} from '../entity/ids.js'

/** Each list is sorted and without duplicates. */
export interface Membership {
  readonly voters: readonly NodeId[]
  /** The voters before the change; empty unless the membership is joint. */
  readonly votersOutgoing: readonly NodeId[]
  readonly learners: readonly NodeId[]
  /** Voters of the outgoing half that become learners when the joint membership is left. */
  readonly learnersNext: readonly NodeId[]
  /** Whether the leader leaves the joint membership by itself as soon as it is committed. */
  readonly autoLeave: boolean
}

export interface MemberChange {
  /** A learner that is added as voter is promoted, a voter that is added as learner demoted. */
  readonly action: 'add-voter' | 'add-learner' | 'remove'
  readonly node: NodeId
}

export type MembershipChange =
  | {readonly kind: 'one'; readonly change: MemberChange}
  | {readonly kind: 'joint'; readonly changes: readonly MemberChange[]; readonly autoLeave: boolean}
  | {readonly kind: 'leave'}

export type ChangeRefusal =
  | 'the membership is joint and must be left first'
  | 'the membership is not joint'
  | 'no voter would remain'
  | 'it changes nothing'

export type ChangeDecision =
  | {readonly allowed: true; readonly membership: Membership}
  | {readonly allowed: false; readonly reason: ChangeRefusal}

export function membershipOf(voters: readonly NodeId[], learners: readonly NodeId[] = []): Membership {
  return {voters: sorted(voters), votersOutgoing: [], learners: sorted(learners), learnersNext: [], autoLeave: false}
}

export function decideChange(membership: Membership, change: MembershipChange): ChangeDecision {
  if (change.kind === 'leave') {
    return isJoint(membership) ? {allowed: true, membership: left(membership)} : refused('the membership is not joint')
  }
  if (isJoint(membership)) return refused('the membership is joint and must be left first')
  const changes = change.kind === 'one' ? [change.change] : change.changes
  const next = changes.reduce(changed, membership)
  if (next.voters.length === 0) return refused('no voter would remain')
  if (isSame(membership, next)) return refused('it changes nothing')
  return {allowed: true, membership: change.kind === 'one' ? next : joint(membership, next, change.autoLeave)}
}

export function isJoint({votersOutgoing}: Membership): boolean {
  return votersOutgoing.length > 0
}

export function isVoter({voters, votersOutgoing}: Membership, node: NodeId): boolean {
  return voters.includes(node) || votersOutgoing.includes(node)
}

/** All that the leader replicates to, in the order of their ids. */
export function members({voters, votersOutgoing, learners}: Membership): readonly NodeId[] {
  return sorted([...voters, ...votersOutgoing, ...learners])
}

export function membershipsEqual(a: Membership, b: Membership): boolean {
  const lists = ({voters, votersOutgoing, learners, learnersNext}: Membership) =>
    [voters, votersOutgoing, learners, learnersNext].map((list) => list.join()).join(';')
  return lists(a) === lists(b)
}

function changed(membership: Membership, {action, node}: MemberChange): Membership {
  const voters = membership.voters.filter((other) => other !== node)
  const learners = membership.learners.filter((other) => other !== node)
  if (action === 'add-voter') voters.push(node)
  if (action === 'add-learner') learners.push(node)
  return {...membership, voters: sorted(voters), learners: sorted(learners)}
}

function joint(before: Membership, after: Membership, autoLeave: boolean): Membership {
  const waits = (node: NodeId) => before.voters.includes(node)
  return {
    voters: after.voters,
    votersOutgoing: before.voters,
    learners: after.learners.filter((node) => !waits(node)),
    learnersNext: after.learners.filter(waits),
    autoLeave,
  }
}

function left({voters, learners, learnersNext}: Membership): Membership {
  return membershipOf(voters, [...learners, ...learnersNext])
}

function isSame(a: Membership, b: Membership): boolean {
  return a.voters.join() === b.voters.join() && a.learners.join() === b.learners.join()
}

function sorted(nodes: readonly NodeId[]): NodeId[] {
  return [...new Set(nodes)].sort((a, b) => a - b)
}

function refused(reason: ChangeRefusal): ChangeDecision {
  return {allowed: false, reason}
}

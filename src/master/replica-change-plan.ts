/**
 * What a change of a partition's members does next, given what its group and the metadata look like. Pure.
 *
 * Nothing is remembered between two steps: each is decided on the membership that is in force in the raft group, so a master
 * that comes upon a change half done goes on with it, and a step that was carried out twice is carried out once.
 *
 * - A newcomer is a learner, with an empty replica, until it has nearly all of the log. No majority ever depends on it before.
 * - Where one takes the place of another, both happen in one joint change: at no moment is a larger majority needed.
 * - The member that goes does not lead: leadership is handed over first.
 * - No step is taken whose outcome would have no living majority; it waits.
 */
import type {NodeId} from '../entity/ids.js'
import type {ReplicaChange} from '../entity/replica-change.js'
import {isJoint, type MemberChange, type Membership} from '../raft/membership.js'
import type {ReplicaReport} from '../rpc/ps-api.js'
import type {Holding} from './group-sight.js'

/** A partition's group as it answered a moment ago. */
export interface GroupSight {
  /** Of the servers that said they lead, the one of the newest term. */
  readonly leader: ReplicaReport | null
  /** Of the servers that answered. */
  readonly holdings: ReadonlyMap<NodeId, Holding>
  readonly isAlive: (node: NodeId) => boolean
  /** Has failed so long ago that its replicas are to be rebuilt elsewhere. */
  readonly isLost: (node: NodeId) => boolean
  /** Whether the space has the voters of the leader's membership, and the number of replicas that the change leads to. */
  readonly isRecorded: boolean
}

/** Members are asked of the leader, which refuses unless it still has the membership `from`. */
interface GroupStep {
  readonly leader: NodeId
  readonly from: Membership
}

export type NextStep =
  | {readonly step: 'wait'; readonly at: ReplicaChange['step']; readonly for: string}
  /** An empty replica on the node; a learner of the group unless it is one already. */
  | (GroupStep & {readonly step: 'learn'; readonly node: NodeId; readonly isLearner: boolean})
  | (GroupStep & {readonly step: 'promote' | 'remove'; readonly changes: readonly MemberChange[]})
  | {readonly step: 'transfer'; readonly leader: NodeId; readonly to: NodeId}
  | {readonly step: 'record'; readonly replicas: readonly NodeId[]}
  | {readonly step: 'retire'; readonly node: NodeId}
  | {readonly step: 'cancel'; readonly why: string}
  | {readonly step: 'end'; readonly state: 'done' | 'cancelled'}

export function nextStep(change: ReplicaChange, sight: GroupSight): NextStep {
  const {leader, isAlive} = sight
  if (leader === null) return wait('begin', 'the group to have a leader')
  const {membership} = leader
  if (isJoint(membership)) return wait('promote', 'the joint membership to be left')
  const isVoter = (node: NodeId | undefined) => node !== undefined && membership.voters.includes(node)
  const isCancelled = change.state === 'cancelling' && !isVoter(change.add)
  const why = isCancelled ? null : reasonToCancel(change, sight, isVoter(change.add))
  if (why !== null) return {step: 'cancel', why}
  const add = isCancelled ? undefined : change.add
  const remove = isCancelled ? change.add : change.remove

  if (add !== undefined && !isVoter(add)) return bringIn(add, remove, leader, sight)
  if (remove !== undefined && (isVoter(remove) || membership.learners.includes(remove))) {
    if (leader.node === remove) return handOver(remove, leader, sight)
    const left = membership.voters.filter((node) => node !== remove)
    return majorityOf(left, isAlive, 'remove') ?? propose('remove', leader, {action: 'remove', node: remove})
  }
  if (!sight.isRecorded) return {step: 'record', replicas: membership.voters}
  if (remove !== undefined && isAlive(remove)) {
    const holding = sight.holdings.get(remove)
    if (holding === undefined) return wait('retire', `node ${remove} to answer`)
    if (holding !== 'none') return {step: 'retire', node: remove}
  }
  return {step: 'end', state: isCancelled ? 'cancelled' : 'done'}
}

/** What nobody asked for in particular stops when there is no need any more. */
function reasonToCancel(
  {reason, state, add, remove}: ReplicaChange,
  {isAlive, isLost}: GroupSight,
  isPromoted: boolean,
): string | null {
  if (reason !== 'auto_recover' || state !== 'running' || isPromoted) return null
  if (remove !== undefined && isAlive(remove)) return `node ${remove} has come back`
  return add !== undefined && isLost(add) ? `node ${add} has failed too` : null
}

function bringIn(add: NodeId, remove: NodeId | undefined, leader: ReplicaReport, sight: GroupSight): NextStep {
  const {membership, members, commit} = leader
  const {isAlive, holdings} = sight
  if (!isAlive(add)) return wait('learn', `node ${add} to be alive`)
  const isLearner = membership.learners.includes(add)
  if (!isLearner || holdings.get(add) === 'none') {
    return {step: 'learn', leader: leader.node, from: membership, node: add, isLearner}
  }
  const progress = members.find(({node}) => node === add)
  if (progress?.isCaughtUp !== true) {
    return wait('catch_up', `node ${add} to have entry ${commit}; it has ${progress?.match ?? 0}`)
  }
  const goes = remove !== undefined && membership.voters.includes(remove) ? remove : null
  // The only voter cannot hand over before there is another.
  if (goes === leader.node && membership.voters.length > 1) return handOver(goes, leader, sight)
  const leaves = goes === null || goes === leader.node ? [] : [{action: 'remove', node: goes} as const]
  const after = membership.voters.filter((node) => leaves.every((change) => change.node !== node))
  const promoted: MemberChange = {action: 'add-voter', node: add}
  return majorityOf([...after, add], isAlive, 'promote') ?? propose('promote', leader, promoted, ...leaves)
}

/** To the living voter that has most of the log. */
function handOver(
  away: NodeId,
  {node: leader, membership, members}: ReplicaReport,
  {isAlive, holdings}: GroupSight,
): NextStep {
  const heirs = members
    .filter(
      ({node}) => node !== away && membership.voters.includes(node) && isAlive(node) && holdings.get(node) === 'sound',
    )
    .sort((a, b) => b.match - a.match)
  const [heir] = heirs
  return heir === undefined
    ? wait('transfer', `another voter than node ${away} to answer`)
    : {step: 'transfer', leader, to: heir.node}
}

/** Null if there is one among those that live. */
function majorityOf(
  voters: readonly NodeId[],
  isAlive: (node: NodeId) => boolean,
  at: ReplicaChange['step'],
): NextStep | null {
  return hasMajority(voters, isAlive) ? null : wait(at, `a majority of nodes ${voters.join(', ')} to be alive`)
}

export function hasMajority(voters: readonly NodeId[], isAlive: (node: NodeId) => boolean): boolean {
  return voters.filter(isAlive).length * 2 > voters.length
}

function propose(
  step: 'promote' | 'remove',
  {node: leader, membership: from}: ReplicaReport,
  ...changes: readonly MemberChange[]
): NextStep {
  return {step, leader, from, changes}
}

function wait(at: ReplicaChange['step'], what: string): NextStep {
  return {step: 'wait', at, for: what}
}

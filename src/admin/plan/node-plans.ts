/** Plans that empty a node. What cannot be moved is blocked with its reason, and the rest is planned all the same. */
import type {NodeId} from '../../entity/ids.js'
import {CodedError} from '../../errors/coded-error.js'
import {say} from '../messages/message.js'
import {leadersByNode} from '../picture/node-load.js'
import type {PartitionSight} from '../picture/partition-sight.js'
import {type ClusterPicture, isAlive} from '../picture/picture.js'
import type {Plan} from './plan.js'
import {type DraftOptions, PlanDraft} from './plan-draft.js'

type Options = Pick<DraftOptions, 'force'>
type EmptyOptions = Options & {readonly to?: NodeId | null}

/** Everything off a node that lives on. */
export function planDrain(
  picture: ClusterPicture,
  node: NodeId,
  options: Options & {readonly leadersOnly?: boolean} = {},
): Plan {
  const {leadersOnly = false, ...rest} = options
  known(picture, node)
  const draft = new PlanDraft(picture, {
    action: `node drain ${node}${leadersOnly ? ' --leaders-only' : ''}`,
    ...rest,
  })
  if (leadersOnly) giveLeadersAway(draft, node)
  else moveAll(draft, node, null)
  return draft.build()
}

/** All that a node leads is led by others; `to` null: each by the replica whose node leads least. */
export function planTransferFrom(
  picture: ClusterPicture,
  node: NodeId,
  {to, max}: {readonly to: NodeId | null; readonly max: number | null},
): Plan {
  known(picture, node)
  const flags = `${to === null ? '' : ` --to ${to}`}${max === null ? '' : ` --max ${max}`}`
  const draft = new PlanDraft(picture, {action: `partitions transfer-leader --from ${node}${flags}`})
  giveLeadersAway(draft, node, {to, max})
  return draft.build()
}

/** Everything off a node that goes for good; its fail record, if it has one, too. */
export function planDecommission(picture: ClusterPicture, node: NodeId, options: EmptyOptions = {}): Plan {
  known(picture, node)
  return emptied(picture, node, {action: `node decommission ${node}`, ...options})
}

/** All that `node` has goes to `heir`, by ids: an address may be both's. Errors: GUARD_FAILED where the heir is not alive. */
export function planReplace(picture: ClusterPicture, node: NodeId, heir: NodeId, options: Options = {}): Plan {
  known(picture, node)
  if (!isAlive(picture, heir)) {
    throw new CodedError('GUARD_FAILED', `node ${heir} is not alive`, {hint: 'vearchctl node list'})
  }
  return emptied(picture, node, {action: `node replace ${node} ${heir}`, to: heir, ...options})
}

/** The replicas of a node that is down are made anew elsewhere. Errors: GUARD_FAILED while it is alive. */
export function planRecover(picture: ClusterPicture, node: NodeId, options: EmptyOptions = {}): Plan {
  const {to = null} = options
  known(picture, node)
  if (isAlive(picture, node)) {
    throw new CodedError('GUARD_FAILED', `node ${node} is alive`, {
      hint: `to empty a node that is alive: vearchctl node drain ${node}`,
    })
  }
  return emptied(picture, node, {action: `node recover ${node}${to === null ? '' : ` --to ${to}`}`, ...options})
}

function emptied(picture: ClusterPicture, node: NodeId, {to = null, ...rest}: EmptyOptions & DraftOptions): Plan {
  const draft = new PlanDraft(picture, rest)
  moveAll(draft, node, to)
  forgetIfFailed(draft, node)
  return draft.build()
}

/** The record of a failure goes, and nothing else. Errors: NOT_FOUND, GUARD_FAILED where partitions still name the node. */
export function planForget(picture: ClusterPicture, node: NodeId, options: Options = {}): Plan {
  if (!picture.metadata.failServers.has(node)) {
    throw new CodedError('NOT_FOUND', `node ${node} has no record of a failure`, {hint: 'vearchctl node list'})
  }
  const draft = new PlanDraft(picture, {action: `node forget ${node}`, ...options})
  const left = held(draft, node)
  if (left.length > 0 && !isAlive(picture, node)) {
    throw new CodedError(
      'GUARD_FAILED',
      `partitions ${left.map(({id}) => id).join(', ')} still count on node ${node}`,
      {
        hint: `move them first: vearchctl node recover ${node}`,
      },
    )
  }
  draft.forget(node)
  return draft.build()
}

function moveAll(draft: PlanDraft, node: NodeId, to: NodeId | null): void {
  for (const sight of held(draft, node)) {
    const {seats} = draft.sight(sight.id)
    if (seats.leader === null || !isAlive(draft.picture, seats.leader)) {
      draft.block(say('plan.blocked.noLeader', {partition: sight.id}))
      continue
    }
    const target = to ?? draft.candidates.forReplica(sight, node)[0]
    if (target === undefined) draft.block(say('plan.blocked.noTarget', {partition: sight.id, node}))
    else draft.attempt(sight.id, () => draft.move(sight.id, node, target))
  }
}

function giveLeadersAway(
  draft: PlanDraft,
  node: NodeId,
  {to = null, max = null}: {readonly to?: NodeId | null; readonly max?: number | null} = {},
): void {
  const leading = leadersByNode(draft.picture)
  const led = held(draft, node).filter(({id}) => draft.sight(id).seats.leader === node)
  for (const {id} of led.slice(0, max ?? led.length)) {
    const heir = to ?? draft.heirOf(id, node, leading)
    if (heir === null) {
      draft.block(say('plan.blocked.noHeir', {partition: id}))
      continue
    }
    draft.attempt(id, () => draft.transfer(id, heir))
    leading.set(heir, (leading.get(heir) ?? 0) + 1)
  }
}

/** What the node has by its raft groups, or by the records where no group was heard. */
function held(draft: PlanDraft, node: NodeId): PartitionSight[] {
  return [...draft.picture.partitions.values()].filter(
    ({id, listing}) => listing !== null && draft.layout.of(id)?.replicas.includes(node) === true,
  )
}

function forgetIfFailed(draft: PlanDraft, node: NodeId): void {
  if (draft.picture.metadata.failServers.has(node)) draft.forget(node)
}

function known({metadata, partitions}: ClusterPicture, node: NodeId): void {
  if (metadata.servers.has(node) || metadata.failServers.has(node)) return
  for (const {replicas} of partitions.values()) if (replicas.has(node)) return
  throw new CodedError('PARTITION_SERVER_NOT_EXIST', `no source names node ${node}`, {hint: 'vearchctl node list'})
}

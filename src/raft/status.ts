/** A core as an operator sees it. */
import type {NodeId} from '../entity/ids.js'
import type {Membership} from './membership.js'
import type {Progress} from './progress.js'
import type {Core, Role} from './state.js'

export interface RaftReport {
  readonly id: NodeId
  readonly role: Role
  readonly leader: NodeId | null
  readonly term: number
  readonly vote: NodeId | null
  readonly firstIndex: number
  readonly lastIndex: number
  readonly durable: number
  readonly commit: number
  readonly applied: number
  readonly membership: Membership
  /** To whom leadership is being handed. */
  readonly transferTo: NodeId | null
  readonly isRestoring: boolean
  /** What the leader knows of the others; empty elsewhere. */
  readonly members: readonly MemberReport[]
}

export interface MemberReport {
  readonly node: NodeId
  readonly mode: Progress['mode']
  readonly match: number
  readonly next: number
  readonly isPaused: boolean
  readonly isActive: boolean
  readonly inflightMessages: number
}

export function report(core: Core): RaftReport {
  const {config, log, progress} = core
  return {
    id: config.id,
    role: core.role,
    leader: core.leader,
    term: core.term,
    vote: core.vote,
    firstIndex: log.outline.beforeIndex + 1,
    lastIndex: log.outline.lastIndex,
    durable: log.durable,
    commit: log.commit,
    applied: log.applied,
    membership: core.membership,
    transferTo: core.transfer?.to ?? null,
    isRestoring: log.restoring !== null,
    members: [...progress].map(([node, {mode, match, next, isPaused, isActive, inflight}]) => ({
      node,
      mode,
      match,
      next,
      isPaused,
      isActive,
      inflightMessages: inflight.appends.length,
    })),
  }
}

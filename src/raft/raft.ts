/**
 * The consensus core: one group's raft on one node, after Ongaro's thesis. Pure and synchronous: messages and ticks go in, and
 * `ready()` says what is to be written, sent and applied. It has no I/O, clock, randomness or logger; `raftstore` is its shell.
 *
 * How a shell drives it: after any call in, take bundles until `ready()` gives null. For each, in order:
 * 1. send `messages`, at once (a `snapshot` with its data, on a way of its own, and then `reportSnapshot`; its receiver steps
 *    the message when it has all of it); answer `reads` when the state machine has applied their index;
 * 2. install `snapshot`, write `hardState` and `entries` (together with other groups, and while earlier bundles are still
 *    being written); when this bundle and all before it are durable, send `messagesAfter` and call `persisted(number)`;
 * 3. give `committed` to the state machine, need not wait for 2; when it has applied them, call `applied(index)`.
 * Both acknowledgements make new bundles possible. Reads and proposals may be lost with the leadership: whoever waits for one
 * watches `softState`. A broken invariant stops the replica: its disk was lost, or this code is wrong.
 *
 * Invariants, asserted as it runs: one vote and one leader in a term; a term never regresses; a committed entry is never
 * replaced; the commit index never regresses; bundles become durable in their order.
 * What waits for the disk: requests and grants of votes, and everything that says what a log holds. What does not: a
 * leader's appends, for it counts itself only as far as its own disk is.
 *
 * Reading order: state, log, step, election (vote, role), replicate (progress, inflight, quorum), follow, proposal
 * (membership), read-only, transfer, tick, bundle.
 */
import type {NodeId} from '../entity/ids.js'
import {acknowledgeApplied, acknowledgeBundle, takeBundle} from './bundle.js'
import type {LogReader, RaftConfig} from './config.js'
import {campaign} from './election.js'
import {compactLog} from './log.js'
import type {MembershipChange} from './membership.js'
import type {Message} from './message.js'
import {probe} from './progress.js'
import {
  type ChangeProposalRefusal,
  type ProposalRefusal,
  type Proposed,
  proposeChange,
  proposeCommand,
} from './proposal.js'
import {type ReadDecision, requestRead} from './read-only.js'
import type {Ready} from './ready.js'
import {type Core, copyCore, newCore, type RaftStart, type RaftState} from './state.js'
import {type RaftReport, report} from './status.js'
import {stepMessage} from './step.js'
import {passTick} from './tick.js'
import {beginTransfer, type TransferDecision} from './transfer.js'

export class Raft {
  readonly #core: Core

  private constructor(core: Core) {
    this.#core = core
  }

  /** A node that starts, for the first time or again. */
  static start(config: RaftConfig, reader: LogReader, start: RaftStart): Raft {
    return new Raft(newCore(config, reader, start))
  }

  /** The same node with collaborators of its own; neither sees what becomes of the other. */
  fork(config: RaftConfig, reader: LogReader): Raft {
    return new Raft(copyCore(this.#core, config, reader))
  }

  /** For whoever checks it; nothing may be changed there. */
  get state(): Readonly<RaftState> {
    return this.#core
  }

  status(): RaftReport {
    return report(this.#core)
  }

  tick(): void {
    passTick(this.#core)
  }

  /** `message.to` is this node; its sender need not be a member. Lost, repeated and reordered messages do no harm. */
  step(message: Message): void {
    stepMessage(this.#core, message)
  }

  /** Campaigns without waiting for the election timeout; nothing happens where this node must not. */
  campaign(): void {
    campaign(this.#core)
  }

  propose(payload: Uint8Array): Proposed<ProposalRefusal> {
    return proposeCommand(this.#core, payload)
  }

  /** In force when it is handed out in `committed`; a second change is refused until then. */
  proposeMembership(change: MembershipChange): Proposed<ChangeProposalRefusal> {
    return proposeChange(this.#core, change)
  }

  /**
   * Asks for an index whose state is linearizable from now on; it comes in `reads` with `context`. Not certain to come: lost
   * with a message or with the leader's role, so ask again after a while. A context must never be used twice by a node,
   * not even after a restart: an answer that comes late would pass for a later one.
   */
  readIndex(context: number): ReadDecision {
    return requestRead(this.#core, context)
  }

  /** Proposals are refused until the transfer is done, or given up after an election timeout. */
  transferLeadership(to: NodeId): TransferDecision {
    return beginTransfer(this.#core, to)
  }

  /** Messages to the node were lost: what was sent ahead is sent again from where the logs are known to agree. */
  reportUnreachable(node: NodeId): void {
    const progress = this.#core.progress.get(node)
    if (progress?.mode === 'replicate') probe(progress)
  }

  /** The data of a snapshot message reached the node's shell, or did not: required for each one. */
  reportSnapshot(node: NodeId, hasArrived: boolean): void {
    const progress = this.#core.progress.get(node)
    if (progress?.mode !== 'snapshot') return
    if (!hasArrived) progress.snapshotIndex = 0
    probe(progress)
    // Time to install it, or to find a better one: its next answer goes on.
    progress.isPaused = true
  }

  /** Null when there is nothing to do. */
  ready(): Ready | null {
    return takeBundle(this.#core)
  }

  /** The bundle and all before it are durable, and its snapshot is installed. */
  persisted(bundle: number): void {
    acknowledgeBundle(this.#core, bundle)
  }

  /** The state machine has everything up to `index`. */
  applied(index: number): void {
    acknowledgeApplied(this.#core, index)
  }

  /** The log has let go of its entries up to `index`, which were applied. */
  compacted(index: number): void {
    compactLog(this.#core.log, index)
  }

  /** Some of the `entriesWanted` are in memory now. */
  entriesLoaded(): void {
    this.#core.awaitsCommitted = false
    for (const progress of this.#core.progress.values()) progress.awaitsEntries = false
  }
}

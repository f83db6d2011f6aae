/**
 * One member of a raft group: the core, and around it the group's log, the state machine and the way to the others.
 *
 * Whatever happens (a message, a tick, a proposal, an acknowledgement) goes into the core at once; what follows from it is
 * carried out by the drive, at the end of the turn of the event loop.
 *
 * - Entries are applied in order, one batch after the other; a batch is applied while later ones are written and sent.
 * - A proposal is answered when it is applied here. Its outcome is unknown from the moment this node no longer leads.
 * - An error of the state machine, or a log that can no longer be trusted, ends the replica; its owner makes a new one from
 *   what is on disk.
 *
 * Reading order: `entry-payload.ts`, `entry-window.ts` (the log as the core sees it), `bundle-writer.ts`, `proposals.ts`,
 * `read-barriers.ts`, `drive.ts`, this; `raft-host.ts` has all groups of a node.
 */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import type {RaftStatus} from '../../entity/report.js'
import type {Env} from '../../env/env.js'
import {assert} from '../../errors/assert.js'
import {CodedError, toCodedError} from '../../errors/coded-error.js'
import type {Entry} from '../../raft/entry.js'
import type {Membership, MembershipChange} from '../../raft/membership.js'
import type {Message} from '../../raft/message.js'
import type {ChangeProposalRefusal, ProposalRefusal} from '../../raft/proposal.js'
import {Raft} from '../../raft/raft.js'
import type {Ready, SoftState} from '../../raft/ready.js'
import type {Role} from '../../raft/state.js'
import type {RaftReport} from '../../raft/status.js'
import type {GroupLog} from '../log.js'
import type {Pulse} from '../pulse.js'
import type {AppliedState, Leadership, StateMachine} from '../state-machine.js'
import {Applier} from './applier.js'
import {BundleWriter} from './bundle-writer.js'
import {CatchUp} from './catch-up.js'
import {Drive, type DriveParts} from './drive.js'
import {EntryWindow} from './entry-window.js'
import {heirOf} from './hand-over.js'
import {LeadershipFeed} from './leadership-feed.js'
import {outlineOf} from './log-outline.js'
import {Proposals, refusalOf} from './proposals.js'
import {raftStatus} from './raft-status.js'
import {ReadBarriers} from './read-barriers.js'
import {Standings} from './standings.js'

export interface RaftReplicaParts<Result> extends DriveParts {
  readonly env: Pick<Env, 'clock' | 'random' | 'log' | 'failpoints'>
  readonly node: NodeId
  readonly log: GroupLog
  readonly machine: StateMachine<Result>
  readonly state: AppliedState
  readonly pulse: Pulse
  /** Whose part it is to begin while the group is new. */
  readonly preferred: NodeId | null
}

const limits = {
  appendBytesMax: 1024 * 1024,
  inflightMessagesMax: 64,
  inflightBytesMax: 16 * 1024 * 1024,
  uncommittedBytesMax: 64 * 1024 * 1024,
  applyBytesMax: 8 * 1024 * 1024,
  applyBatchesMax: 2,
  readsMax: 10_000,
}

type Phase = 'new' | 'running' | 'stopped'

export class RaftReplica<Result> {
  readonly #window: EntryWindow
  readonly #writer: BundleWriter
  readonly #proposals = new Proposals<Result>()
  readonly #barriers: ReadBarriers
  readonly #applier: Applier<Result>
  readonly #standings: Standings
  readonly #leadership = new LeadershipFeed()
  readonly #catchUp: CatchUp
  readonly #drive: Drive
  readonly #stopped = new AbortController()
  #core: Raft | null = null
  #phase: Phase = 'new'
  #role: Role = 'follower'
  /** Wall time, for an operator. */
  readonly #heardAt = new Map<NodeId, number>()
  #failure: Error | null = null
  /** Ends a start that waits for its replay, well or with an error. */
  #endStart: (error: CodedError | null) => void = () => {}

  constructor(private readonly parts: RaftReplicaParts<Result>) {
    const {env, log, machine, pulse, state} = parts
    this.#window = new EntryWindow(log)
    this.#barriers = new ReadBarriers(env.random, this.#name, pulse.electionTicks)
    this.#catchUp = new CatchUp(env.clock, this.#leadership)
    this.#standings = new Standings({index: machine.appliedIndex, membership: state.membership})
    this.#applier = new Applier(machine, {
      applied: (entries, results) => this.#applied(entries, results),
      failed: (thrown) => this.#break('replica.apply.failed', thrown),
    })
    this.#writer = new BundleWriter(log, env.clock, {
      durable: (bundle) => this.#drive.durable(bundle),
      refused: (error) => this.#refused(error),
      lost: (error) => this.#break('replica.log.failed', error),
      install: (bundle) => this.#install(bundle),
    })
    this.#drive = new Drive(parts, {
      window: this.#window,
      writer: this.#writer,
      barriers: this.#barriers,
      standings: this.#standings,
      applier: this.#applier,
      enter: (change) => this.#enter(change),
      lead: (state) => this.#lead(state),
      unreadable: (thrown) => this.#break('replica.log.unreadable', thrown),
    })
  }

  /**
   * A replica alone in its group has applied its whole log when this resolves, as far as it has room for it; one of several takes
   * part from then on.
   * Errors: DATA_CORRUPT where log and state machine do not meet; PARTITION_RESOURCE_EXHAUSTED where one that is alone cannot
   * write; PARTITION_IS_CLOSED; whatever the state machine threw.
   */
  async start(): Promise<void> {
    assert(this.#phase === 'new', 'a replica is started once')
    const {node, log, machine, state, snapshots, env, pulse, preferred} = this.parts
    const {electionTicks, heartbeatTicks} = pulse
    const config = {
      id: node,
      electionTicks,
      heartbeatTicks,
      heartbeatPhase: pulse.phase(),
      electionJitter: () => env.random.below(electionTicks),
      ...limits,
    }
    const reader = {
      entries: (from: number, to: number, bytesMax: number) => this.#window.entries(from, to, bytesMax),
      snapshot: () => snapshots.newest(),
    }
    const outline = await outlineOf(log, machine.appliedIndex)
    const {term, vote, commit} = log.hardState
    const hardState = {term, vote: vote === 0 ? null : (vote as NodeId), commit}
    const {membership} = state
    if (this.#phase !== 'new') return
    this.#core = Raft.start(config, reader, {hardState, outline, applied: machine.appliedIndex, membership})
    this.#phase = 'running'
    const {voters} = membership
    const isSoleVoter = voters.length === 1 && voters[0] === node
    // Nobody's pulse could be missed; and of a group that is new, one may as well begin.
    if (isSoleVoter || (outline.lastIndex === 0 && preferred === node)) this.#core.campaign()
    const caughtUp = this.#catchUp.run(() => this.readBarrier(), this.#stopped.signal)
    this.#drive.now()
    if (isSoleVoter) await this.#unlessRefused(caughtUp)
  }

  /** One that is alone is of no use while its disk takes nothing. */
  async #unlessRefused(replayed: Promise<void>): Promise<void> {
    const ended = new Promise<void>((resolve, reject) => {
      this.#endStart = (error) => (error === null ? resolve() : reject(error))
    })
    try {
      await Promise.race([ended, replayed])
      this.#running()
    } catch (thrown) {
      await this.stop()
      throw thrown
    } finally {
      this.#endStart = () => {}
    }
  }

  get group(): PartitionId {
    return this.parts.group
  }

  get leadership(): Leadership {
    return this.#leadership.current
  }

  onLeadership(listener: (leadership: Leadership) => void): () => void {
    return this.#leadership.listen(listener)
  }

  /** In force at the machine's applied index. */
  get membership(): Membership {
    return this.#standings.at(this.parts.machine.appliedIndex)
  }

  /** There is no other member, and none is on its way. */
  get isAlone(): boolean {
    const {voters, votersOutgoing, learners} = this.membership
    return voters.length + votersOutgoing.length + learners.length === 1
  }

  /** Of an index that the machine has applied, none before the last that was asked for. */
  standing(index: number): AppliedState {
    return {term: this.parts.log.term(index) ?? this.parts.state.term, membership: this.#standings.at(index)}
  }

  tick(): void {
    this.#enter(this.#passTick)
  }

  readonly #passTick = (core: Raft): void => {
    core.tick()
    const mustAsk = this.#barriers.tick()
    const {messages, messagesAfter, leader, term} = core.state
    // Most ticks of a group at rest change nothing.
    const isQuiet = messages.length === 0 && messagesAfter.length === 0 && !mustAsk
    const known = this.#leadership.current
    if (!isQuiet || leader !== known.leader || term !== known.term) this.#drive.soon()
  }

  step(message: Message): void {
    this.#heardAt.set(message.from, this.parts.env.clock.wallMs())
    this.#enter((core) => {
      core.step(message)
      this.#drive.soon()
    })
  }

  /** Something that was sent to the node may not have arrived. */
  unreachable(node: NodeId): void {
    this.#core?.reportUnreachable(node)
  }

  /**
   * Resolves with the command's result when a majority has it on disk and it is applied here. Errors: PARTITION_NOT_LEADER
   * naming the leader, PARTITION_NO_LEADER, PARTITION_RESOURCE_EXHAUSTED (all rejected); PARTITION_NOT_LEADER and
   * PARTITION_IS_CLOSED with outcome `unknown` where this node stopped leading meanwhile.
   */
  async propose(command: Uint8Array): Promise<Result> {
    assert(command.length > 0 && command[0] !== 0, 'a command begins with a byte that is not zero')
    if (this.#writer.isFull) {
      throw new CodedError('PARTITION_RESOURCE_EXHAUSTED', `${this.#name}: the disk is full`, {retryable: true})
    }
    const proposed = this.#running().propose(command)
    if (!proposed.isAccepted) throw this.#refusal(proposed.reason)
    this.#drive.soon()
    return this.#proposals.wait(proposed)
  }

  /** Resolves when the change is in the log; it is in force when `membership` says so. Errors: as `propose`, GUARD_FAILED. */
  async changeMembership(change: MembershipChange): Promise<void> {
    const {failpoints} = this.parts.env
    await failpoints.hit('membership.propose.before')
    const proposed = this.#running().proposeMembership(change)
    if (!proposed.isAccepted) throw this.#refusal(proposed.reason)
    this.#drive.soon()
    await failpoints.hit('membership.propose.after')
  }

  /** Begins to hand leadership over; whether it came to that shows in `leadership`. Errors: GUARD_FAILED. */
  transferLeadership(to: NodeId): void {
    const decision = this.#running().transferLeadership(to)
    if (!decision.isAccepted) throw new CodedError('GUARD_FAILED', `${this.#name}: ${decision.reason}`)
    this.#drive.soon()
  }

  /** The other voter that has most of the log, while this node leads; null where there is none that answers. */
  heir(): NodeId | null {
    return heirOf(this.#running().status())
  }

  /** Hands leadership to the voter; resolves with who leads then, null if nobody else does when the signal is aborted. Errors: GUARD_FAILED. */
  async handOver(to: NodeId, signal: AbortSignal): Promise<NodeId | null> {
    const {node, env} = this.parts
    await env.failpoints.hit('leadership.transfer.before')
    this.transferLeadership(to)
    const isAnother = ({leader}: Leadership) => leader !== null && leader !== node
    await this.#leadership.when(isAnother, signal)
    return isAnother(this.leadership) ? this.leadership.leader : null
  }

  /**
   * Resolves when the state has everything that was acknowledged before the call. Errors, all rejected: PARTITION_NO_LEADER,
   * PARTITION_IS_CLOSED, PARTITION_RESOURCE_EXHAUSTED.
   */
  async readBarrier(): Promise<void> {
    this.#running()
    this.#drive.soon()
    return this.#barriers.wait()
  }

  /** Since it started, this member has once had all that was acknowledged before. */
  get hasCaughtUp(): boolean {
    return this.#catchUp.isDone
  }

  /** Entries that are committed, as far as this member has heard, and not applied here. */
  get lag(): number {
    const {commitHeard, log} = this.#running().state
    return Math.max(0, Math.max(commitHeard, log.commit) - this.parts.machine.appliedIndex)
  }

  /** What ended this replica, other than being stopped; null while nothing did. */
  get failure(): Error | null {
    return this.#failure
  }

  /** The log has let go of its entries up to `index`. */
  compacted(index: number): void {
    this.#core?.compacted(index)
  }

  /** The group as the core sees it; nobody leads one that has stopped. Errors: PARTITION_NO_LEADER before the start. */
  report(): RaftReport {
    const report = (this.#core ?? this.#running()).status()
    return this.#phase === 'stopped' ? {...report, role: 'follower', leader: null} : report
  }

  status(): RaftStatus {
    const queues = {
      pending: this.#proposals.size,
      applying: this.#applier.size,
      stopped: this.#phase === 'stopped',
    }
    const {env, node: own} = this.parts
    const heard = (node: NodeId) => (node === own ? env.clock.wallMs() : (this.#heardAt.get(node) ?? null))
    return raftStatus(this.group, this.report(), queues, heard)
  }

  async stop(): Promise<void> {
    this.#retire(this.#closed('unknown'))
    await this.#writer.stop()
    await this.#applier.idle()
  }

  /** A broken invariant of the core ends this replica, and nobody else. */
  #enter(change: (core: Raft) => void): void {
    if (this.#core === null || this.#phase !== 'running') return
    try {
      change(this.#core)
    } catch (thrown) {
      this.#break('replica.core.failed', thrown)
    }
  }

  #refused(error: CodedError): void {
    this.parts.env.log.warn('replica.log.refused', {partitionId: this.group, error: error.message})
    this.#endStart(error)
    this.#leaveTheLead()
  }

  /** The machine has no room for what it is to apply, and waits: others can serve its readers, and its start is over. */
  starved(): void {
    this.#endStart(null)
    this.#leaveTheLead()
  }

  /** A leader applies only what is on its own disk: while that is full, its readers would wait. */
  #leaveTheLead(): void {
    this.#enter((core) => {
      const heir = heirOf(core.status())
      if (this.leadership.leader !== this.parts.node || heir === null) return
      // one that is on its way already is refused; it is asked for again as long as the disk is full
      core.transferLeadership(heir)
      this.#drive.soon()
    })
  }

  async #install({snapshot}: Ready): Promise<void> {
    assert(snapshot !== null, 'a bundle with a state')
    await this.#applier.idle()
    if (!(await this.parts.snapshots.install(snapshot))) {
      this.#retire(this.#closed('unknown'))
      return
    }
    this.#window.clear()
    this.#standings.restart(snapshot)
    this.#barriers.applied(snapshot.index)
  }

  #applied(entries: readonly Entry[], results: readonly Result[]): void {
    this.#proposals.settle(entries, results)
    const last = entries.at(-1)?.index ?? 0
    this.#core?.applied(last)
    this.#barriers.applied(last)
    this.#drive.soon()
  }

  #lead({role, leader, term}: SoftState): void {
    const {node} = this.parts
    if (this.leadership.leader === node && role !== 'leader') this.#proposals.abandon(this.#deposed(leader))
    this.#leadership.tell({term, leader})
    if (role === this.#role) return
    this.parts.env.log.info('raft.role', {partitionId: this.group, from: this.#role, to: role, term})
    this.#role = role
  }

  /** Log and state can no longer be brought together here: only a restart, from what is on disk, can. */
  #break(event: string, thrown: unknown): void {
    if (this.#phase === 'stopped') return
    this.parts.env.log.error(event, {partitionId: this.group, error: thrown})
    this.#failure = thrown instanceof Error ? thrown : new Error(String(thrown))
    this.#retire(this.#closed('unknown', thrown))
  }

  #retire(error: CodedError): void {
    if (this.#phase === 'stopped') return
    this.#phase = 'stopped'
    this.#endStart(this.#failure === null ? error : toCodedError(this.#failure))
    this.#proposals.abandon(error)
    this.#barriers.close(this.#closed('rejected'))
    this.#applier.stop()
    this.#stopped.abort()
    if (this.leadership.leader !== null) this.#leadership.tell({...this.leadership, leader: null})
  }

  #running(): Raft {
    if (this.#phase === 'stopped') throw this.#closed('rejected')
    if (this.#core === null) throw new CodedError('PARTITION_NO_LEADER', this.#name, {retryable: true})
    return this.#core
  }

  #refusal(reason: ProposalRefusal | ChangeProposalRefusal): CodedError {
    return refusalOf(reason, `${this.#name}: ${reason}`, this.leadership.leader)
  }

  #deposed(leader: NodeId | null): CodedError {
    const facts = leader === null ? {} : {leader}
    return new CodedError('PARTITION_NOT_LEADER', `${this.#name} lost its leader`, {outcome: 'unknown', facts})
  }

  #closed(outcome: 'rejected' | 'unknown', cause?: unknown): CodedError {
    return new CodedError('PARTITION_IS_CLOSED', this.#name, {outcome, cause})
  }

  get #name(): string {
    return `partition ${this.parts.group}`
  }
}

/**
 * Carries out what the core asks for: once at the end of each turn of the event loop in which anything happened, so that all that
 * happened together is written, sent and applied together.
 */
import type {PartitionId} from '../../entity/ids.js'
import type {Env} from '../../env/env.js'
import type {Pool} from '../../env/pool.js'
import {toCodedError} from '../../errors/coded-error.js'
import type {Message} from '../../raft/message.js'
import type {Raft} from '../../raft/raft.js'
import type {LogRange, Ready, SoftState} from '../../raft/ready.js'
import type {Snapshots} from '../snapshots.js'
import type {Applier} from './applier.js'
import type {BundleWriter} from './bundle-writer.js'
import type {EntryWindow} from './entry-window.js'
import type {ReadBarriers} from './read-barriers.js'
import type {Standings} from './standings.js'

export interface DriveParts {
  readonly env: Pick<Env, 'clock' | 'log'>
  readonly group: PartitionId
  readonly machine: {readonly appliedIndex: number}
  readonly snapshots: Snapshots
  /** Reads of the log that the groups of a node do at once: each brings as much into memory as a member that is behind is sent. */
  readonly catchingUp: Pool
  send(message: Message): void
}

/** The replica, as far as the drive moves it. */
export interface Driven {
  readonly window: EntryWindow
  readonly writer: Pick<BundleWriter, 'write'>
  readonly barriers: ReadBarriers
  readonly standings: Standings
  readonly applier: Pick<Applier<unknown>, 'apply'>
  /** Runs the change while there is a core that runs. */
  enter(change: (core: Raft) => void): void
  lead(state: SoftState): void
  /** The log cannot be read. */
  unreadable(thrown: unknown): void
}

export class Drive {
  /** For the end of this turn. */
  #isPlanned = false
  #isUnderWay = false
  /** Where reads of the log begin that are waiting or under way: the core asks again with every heartbeat. */
  readonly #loading = new Set<number>()

  constructor(
    private readonly parts: DriveParts,
    private readonly replica: Driven,
  ) {}

  soon(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    this.parts.env.clock.soon(this.#asPlanned)
  }

  readonly #asPlanned = (): void => {
    this.#isPlanned = false
    this.now()
  }

  now(): void {
    this.#isUnderWay = true
    this.replica.enter(this.#carryOutAll)
    this.#isUnderWay = false
  }

  readonly #carryOutAll = (core: Raft): void => {
    this.replica.barriers.ask((context) => core.readIndex(context))
    for (let bundle = core.ready(); bundle !== null; bundle = core.ready()) this.#carryOut(core, bundle)
  }

  /** The bundle is on disk. */
  durable(bundle: Ready): void {
    this.replica.enter((core) => {
      this.replica.window.push(bundle.entries)
      core.persisted(bundle.number)
      for (const message of bundle.messagesAfter) this.#send(core, message)
      if (!this.#isUnderWay) this.soon()
    })
  }

  #carryOut(core: Raft, bundle: Ready): void {
    const {writer, barriers, standings, applier} = this.replica
    for (const message of bundle.messages) this.#send(core, message)
    if (bundle.softState !== null) this.replica.lead(bundle.softState)
    for (const {context, index} of bundle.reads) barriers.answered(context, index, this.parts.machine.appliedIndex)
    writer.write(bundle)
    if (bundle.committed.length > 0) {
      standings.handedOut(bundle.committed)
      applier.apply(bundle.committed)
    }
    for (const range of bundle.entriesWanted) void this.#load(core, range)
    if (bundle.snapshotWanted) this.parts.snapshots.wanted()
  }

  #send(core: Raft, message: Message): void {
    if (message.type !== 'snapshot') {
      this.parts.send(message)
      return
    }
    const {to, snapshot} = message
    this.parts.snapshots.send(to, snapshot).then(
      () => {
        this.parts.send(message)
        core.reportSnapshot(to, true)
      },
      (thrown: unknown) => {
        const {group: partitionId, env} = this.parts
        env.log.warn('replica.snapshot.unsent', {
          partitionId,
          to,
          index: snapshot.index,
          error: toCodedError(thrown).message,
        })
        core.reportSnapshot(to, false)
      },
    )
  }

  async #load(core: Raft, range: LogRange): Promise<void> {
    if (this.#loading.has(range.from)) return
    this.#loading.add(range.from)
    try {
      await this.parts.catchingUp.run(() => this.replica.window.load(range))
      core.entriesLoaded()
      this.soon()
    } catch (thrown) {
      this.replica.unreadable(thrown)
    } finally {
      this.#loading.delete(range.from)
    }
  }
}

/**
 * One run: from a seed to a verdict.
 *
 * The cluster comes up and makes its spaces in peace. First act: clients work, faults come as the plan has them. Second act
 * (`liveness.ts`): all faults end, and what was promised must be there. The run stops at the first thing that a judge objects to.
 */
import type {PartitionId} from '../../src/entity/ids.js'
import type {LogFields} from '../../src/env/log.js'
import type {FinalRead} from '../check/ledger.js'
import {HistoryRecorder} from '../check/recorder.js'
import {Administrator} from './administrator.js'
import {ClusterArena} from './arena.js'
import {Cluster, clusterName} from './cluster.js'
import {Injector} from './injector.js'
import {SecondAct} from './liveness.js'
import type {Observation} from './observation.js'
import {Judges} from './oracle/judges.js'
import type {Finding} from './oracle/oracle.js'
import {GroupDeeds} from './oracle/wall-clock.js'
import {faultKinds, type Plan} from './plan.js'
import {Prng} from './prng.js'
import {secondAct} from './second-act.js'
import type {Swarm} from './swarm.js'
import {Workload} from './workload.js'
import {World} from './world.js'

export interface Verdict {
  readonly seed: number
  /** Of all that happened. */
  readonly hash: string
  /** Of what the groups did. */
  readonly groups: string
  readonly virtualMs: number
  readonly events: number
  readonly ops: number
  /** Faults that came about. */
  readonly faults: number
  readonly findings: readonly Finding[]
  /** An error that no judge waits for: an unhandled one of the program, or of the rig. */
  readonly error: string | null
  /** How often what was logged. */
  readonly marks: Readonly<Record<string, number>>
  /** The last changes of state. */
  readonly lines: readonly string[]
}

const bootMs = 300_000
/** Longer than any call of a client, and then some. */
const restMs = 120_000
const restPollMs = 100
/** Of the runs, those in which a quorum must do without the others before these come back. */
const coreShare = 0.5

export class Run {
  readonly #world: World
  readonly #judges = new Judges(clusterName)
  readonly #findings: Finding[] = []
  readonly #deeds = new GroupDeeds()
  readonly #cluster: Cluster
  readonly #injector: Injector
  readonly #arena: ClusterArena
  readonly #secondAct: SecondAct
  readonly #recorder: HistoryRecorder
  readonly #administrator: Administrator
  #workload: Workload | null = null

  constructor(
    private readonly swarm: Swarm,
    private readonly plan: Plan,
    realTurn: () => Promise<void>,
  ) {
    const tell = (seen: Observation) => this.#see(seen)
    this.#world = new World(new Prng(swarm.seed).fork('world'), realTurn)
    this.#cluster = new Cluster(this.#world, swarm, tell)
    this.#administrator = new Administrator((verb, name) => this.#cluster.administer(verb, name))
    this.#injector = new Injector(this.#world, this.#cluster, this.#administrator, tell)
    this.#recorder = new HistoryRecorder(this.#cluster.clientClock)
    const {heartbeatMs, routers} = swarm.cluster
    this.#arena = new ClusterArena(this.#cluster, this.#injector, heartbeatMs, this.#recorder, tell)
    const write = (group: PartitionId) => this.#arena.write(group, `router/${1 + (group % routers)}`)
    this.#secondAct = new SecondAct(this.#world, this.#cluster, heartbeatMs, write, tell)
  }

  /** What no promise forgives, wherever it came from. */
  fail(error: unknown): void {
    this.#world.fail(error)
  }

  async verdict(): Promise<Verdict> {
    let error: string | null = null
    try {
      await this.#play()
    } catch (thrown) {
      error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    }
    const {trace, nowMs, events} = this.#world
    const {seed} = this.swarm
    const {hash} = trace
    const [ops, faults] = [this.#workload?.calls ?? 0, this.#injector.began]
    return {
      seed,
      hash,
      groups: this.#deeds.hash,
      virtualMs: nowMs,
      events,
      ops,
      faults,
      findings: this.#findings,
      error,
      marks: trace.marks,
      lines: trace.lines(),
    }
  }

  async #play(): Promise<void> {
    this.#cluster.calm()
    await this.#until(bootMs, this.#cluster.boot(), 'the cluster does not come up')
    this.#cluster.unsettle()
    const workload = this.#clients()
    const clients = workload.run()
    this.#injector.schedule(this.plan)
    await this.#world.runUntil(this.#world.nowUs + this.swarm.lengthMs * 1_000, () => this.#isOver)
    this.#cluster.calm()
    if (this.#hasCoreAct) await this.#playCore()
    this.#injector.healAll()
    await this.#until(restMs, this.#secondAct.progress(), 'the second act does not end')
    workload.stop()
    await this.#until(restMs, clients, 'a call of a client does not end')
    await this.#until(restMs, this.#metadataAtRest(), 'the metadata does not come to rest')
    const converged = await this.#until(restMs, this.#secondAct.convergence(), 'the second act does not end')
    const finalReads = converged === true ? await this.#finalReads(workload) : null
    // a creation that nobody waited for any more may have begun meanwhile
    await this.#until(restMs, this.#metadataAtRest(), 'the metadata does not come to rest')
    if (this.#isOver) return
    const history = this.#recorder.history()
    const {searches} = workload
    this.#findings.push(...this.#judges.end({history, searches, admin: this.#administrator.calls, finalReads}))
  }

  /** A change of members that was cut off leaves groups whose quorum the metadata does not tell: all servers come back at once. */
  get #hasCoreAct(): boolean {
    const movesNothing = this.plan.every(({kind}) => kind !== 'move-replica')
    return movesNothing && this.#world.random.fork('second act').chance(coreShare)
  }

  /** Only a quorum comes back at first. */
  async #playCore(): Promise<void> {
    const act = secondAct(this.#arena, this.#world.random.fork('core'))
    await this.#until(2 * restMs, act, 'the second act does not end')
    this.#arena.reviveAll()
  }

  /**
   * Spaces that were being made or removed are finished or undone, by whichever master finds them; all that an operator has to do
   * is to say who will not come back.
   */
  async #metadataAtRest(): Promise<void> {
    while (!this.#cluster.isMetadataAtRest) {
      await this.#cluster.giveUpLostServers(this.#injector.spoilt)
      await this.#cluster.clientClock.sleep(restPollMs)
    }
  }

  async #finalReads(workload: Workload): Promise<readonly FinalRead[] | null> {
    const patience = new AbortController()
    const reads = workload.finalReads(patience.signal)
    try {
      return await this.#until(restMs, reads, 'a document cannot be read')
    } finally {
      patience.abort(new Error('the time is up'))
    }
  }

  /** Lets the world go on until `work` is done; null if a judge objects first. */
  async #until<T>(ms: number, work: Promise<T>, otherwise: string): Promise<T | null> {
    let result: {readonly value: T} | null = null
    work.then(
      (value) => {
        result = {value}
      },
      (thrown: unknown) => this.#world.fail(thrown),
    )
    await this.#world.runUntil(this.#world.nowUs + ms * 1_000, () => result !== null || this.#isOver)
    if (result === null && !this.#isOver) throw new Error(`${otherwise}, after ${ms} ms`)
    return (result as {readonly value: T} | null)?.value ?? null
  }

  get #isOver(): boolean {
    return this.#findings.length > 0
  }

  #clients(): Workload {
    const {swarm} = this
    this.#workload = new Workload({
      clock: this.#cluster.clientClock,
      random: this.#world.random.fork('workload'),
      shape: swarm.workload,
      spaces: this.#cluster.workloadSpaces,
      recorder: this.#recorder,
      ask: (client) => this.#cluster.ask(client),
      tell: (seen) => this.#see(seen),
      admin: (random) => this.#administrator.act(random),
    })
    return this.#workload
  }

  #see(seen: Observation): void {
    const {trace} = this.#world
    const line = lineOf(seen)
    if (line !== null) trace.log(seen.atMs, line.place, line.event, line.fields)
    // What a state holds is part of what two equal runs must agree on.
    if (seen.kind === 'state') trace.text(seen.hash)
    if (this.#isOver) return
    this.#deeds.see(seen)
    this.#findings.push(...this.#judges.see(seen))
  }
}

/** What of an observation is worth a line in the table; null for what happens all the time. */
function lineOf(
  seen: Observation,
): {readonly place: string; readonly event: string; readonly fields: LogFields} | null {
  switch (seen.kind) {
    case 'led':
      return {place: `node ${seen.node}`, event: 'leads', fields: {group: seen.group, term: seen.term}}
    case 'restored':
      return {place: `node ${seen.node}`, event: 'restored', fields: {group: seen.group, index: seen.index}}
    case 'fault':
      if (seen.phase === 'ended' && faultKinds[seen.fault].longestMs === null) return null
      return {place: 'fault', event: `${seen.fault} ${seen.phase}`, fields: {target: seen.target}}
    case 'liveness':
      return {place: 'cluster', event: seen.mark, fields: {group: seen.group, detail: seen.detail}}
    case 'started':
    case 'crashed':
    case 'stopped':
    case 'wiped':
    case 'failed':
      return {place: seen.place, event: seen.kind, fields: {node: seen.node, detail: seen.detail}}
    default:
      return null
  }
}

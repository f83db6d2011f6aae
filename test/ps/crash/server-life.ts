/**
 * One life of a partition server on a simulated disk: the real write-ahead log, the real partition alone in its group, a model
 * engine. It opens what it finds, sees that it is right, and takes a canonical workload until something ends it.
 */
import {type NodeId, nodeId, partitionId} from '../../../src/entity/ids.js'
import type {Space} from '../../../src/entity/space.js'
import type {Env} from '../../../src/env/env.js'
import {noFailpoints} from '../../../src/env/failpoints.js'
import {silentLog} from '../../../src/env/log.js'
import {systemEnv} from '../../../src/env/system-env.js'
import {CodedError} from '../../../src/errors/coded-error.js'
import {listFiles, readPiece} from '../../../src/ps/checkpoint-transfer.js'
import {Checkpoints} from '../../../src/ps/checkpoints.js'
import {takeIdentity} from '../../../src/ps/node-identity.js'
import type {Partition} from '../../../src/ps/partition.js'
import {Partitions} from '../../../src/ps/partitions.js'
import {membershipOf} from '../../../src/raft/membership.js'
import type {RaftReplica} from '../../../src/raftstore/group/raft-replica.js'
import {WriteAheadLog} from '../../../src/raftstore/wal/write-ahead-log.js'
import {encodeDocuments} from '../../../src/rpc/document-codec.js'
import type {PsCaller, PsRequest} from '../../../src/rpc/ps-api.js'
import {ModelEngine} from '../../harness/model-engine.js'
import {SeededRandom} from '../../harness/random.js'
import {SimDisk} from '../../harness/sim-disk.js'
import type {SimFailpoints} from '../../harness/sim-failpoints.js'
import {VirtualClock} from '../../harness/virtual-clock.js'
import {alone, part, testConfig, testSpace, whole} from '../fixtures.js'
import type {Outside} from './outside.js'
import {Ledger, type ModelDocument, PartitionModel, type Step, sorted} from './partition-model.js'

const root = '/data'
const cluster = 'vearch'
const donor = '/donor/checkpoints'
const idsMax = 12
const otherNode = nodeId(2)
/** Of a fault that comes once, nothing is left after as many attempts to open. */
const openingsMax = 3
const termsAhead = 100
const looksMax = 1_000
const lookMs = 10
const ticksMax = 1_000

/** What a life may be interrupted by. */
export interface LifeFaults {
  readonly failpoints: SimFailpoints
  /** Whether what was to fail has failed: from then on errors are no surprise. */
  hasFailed(): boolean
  /** The power goes as soon as the callers have been told of it. */
  readonly stopsThen: boolean
}

export class ServerLife {
  readonly #clock = new VirtualClock()
  readonly #random: SeededRandom
  readonly #env: Env
  #donor = new SimDisk(new SeededRandom(1))
  #log: WriteAheadLog | null = null
  #partitions: Partitions | null = null
  #replica: RaftReplica<unknown> | null = null
  readonly #underWay = new Set<string>()
  /** The log's disk has failed: a process stops here. */
  #isOver = false
  /** The one that was seen to be right when it opened. */
  #checked: Partition | null = null

  constructor(
    private readonly disk: SimDisk,
    private readonly outside: Outside,
    seed: number,
    private readonly faults: LifeFaults,
  ) {
    this.#random = new SeededRandom(seed)
    const random = new SeededRandom(seed + 1)
    this.#env = {
      ...systemEnv(silentLog),
      clock: this.#clock,
      random: {
        below: (bound) => random.below(bound),
        bytes: (count) => Buffer.from(Array.from({length: count}, () => random.below(256))),
      },
      disk,
      failpoints: faults.failpoints,
    }
  }

  /** Throws what must not be. Returns early where the fault ended the process. */
  async run(operations: number, ending: 'stop' | 'kill'): Promise<void> {
    const still = new Promise<never>((_, reject) => {
      let ticks = 0
      // a server's pulse, where there is nothing else that could bring anything about
      this.#clock.onStill = () => {
        if (++ticks > ticksMax)
          reject(new Error(`nothing can happen any more; ${[...this.#underWay].join(', ')} waits`))
        this.#replica?.tick()
        this.#clock.soon(() => {})
      }
    })
    await Promise.race([still, this.#run(operations, ending)])
  }

  /** Nothing of it goes on. */
  end(): void {
    this.#clock.stop()
  }

  async #run(operations: number, ending: 'stop' | 'kill'): Promise<void> {
    if (!(await this.#tolerating(() => this.#start()))) return
    await this.#usable()
    const isCutShort = () => this.#isOver || (this.faults.stopsThen && this.faults.hasFailed())
    for (let done = 0; done < operations && !isCutShort(); ) done += await this.#some()
    if (ending === 'stop') await this.#tolerating(() => this.#stop())
  }

  async #start(): Promise<void> {
    const {outside} = this
    await this.disk.makeDirectory(root)
    const {nodeId: id} = await takeIdentity(this.#env, root, cluster, async () => ++outside.ids.given)
    must(outside.ids.used === 0 || outside.ids.used === id, `the server was node ${outside.ids.used}, it is ${id}`)
    outside.ids.used = id
    this.#log = new WriteAheadLog(this.#env, {
      directory: `${root}/raft`,
      segmentBytes: 4_096,
      onFatal: () => {
        this.#isOver = true
      },
    })
    await this.#log.start()
    this.#partitions = new Partitions({
      ...alone,
      env: this.#env,
      config: testConfig([root]),
      nodeId: id,
      sharedLog: this.#log,
      raft: {
        ...alone.raft,
        add: (member) => {
          this.#replica = member as RaftReplica<unknown>
        },
      },
      rpc: this.#fromDonor(),
      openEngine: (directory, space) => ModelEngine.openOn(this.disk, directory, space),
      probeEngine: async () => null,
    })
    await this.#recover()
  }

  async #stop(): Promise<void> {
    await this.#partitions?.stop()
    await this.#log?.close()
  }

  /** The partition, opened again if something ended it; null where the process itself must end. */
  async #usable(): Promise<Partition | null> {
    for (let attempt = 1; ; attempt++) {
      if (this.#isOver) return null
      try {
        if (!this.outside.isListed) await this.#create()
        const partition = this.#partitions?.get(this.#id)
        if (partition !== undefined && !partition.stopped) {
          if (partition !== this.#checked) await this.#check(partition)
          this.#checked = partition
          return partition
        }
      } catch (thrown) {
        if (this.#isOver) return null
        if (attempt === openingsMax || !this.#isNoSurprise(thrown)) throw thrown
      }
      await this.#recover()
    }
  }

  get #id() {
    return partitionId(this.outside.partition)
  }

  async #recover(): Promise<void> {
    const p_ids = this.outside.isListed ? [this.#id] : []
    await this.#partitions?.recover({ip: '127.0.0.1', p_ids, spaces: []})
  }

  async #create(): Promise<void> {
    await this.#partitions?.create(this.#id, this.#space(1))
    this.outside.isListed = true
  }

  #space(version: number): Space {
    const space = testSpace(this.outside.partition)
    return {...space, version, partitions: space.partitions.map((each) => ({...each, replicas: [this.#node]}))}
  }

  async #check(partition: Partition): Promise<void> {
    const {ledger, setting} = this.outside
    const query = {filter: null, offset: 0, limit: 10_000, projection: {fields: 'all', vectors: ['v']} as const}
    const found = await partition.reads.query(query)
    const documents = found.map(({id, docid, fields, vectors}): [string, ModelDocument] => {
      return [id, {docid, fields: sorted(fields), vector: [...(vectors.v ?? [])]}]
    })
    const model = new PartitionModel(new Map(documents), partition.info(false).max_docid + 1, partition.space.version)
    must(ledger.settle(model.picture()), `the partition is none that it may be: ${model.picture()}`)
    const {refresh_interval = 0} = partition.config
    const shown = refresh_interval === 1_000 ? 0 : refresh_interval
    must(shown >= setting.acknowledged && shown <= setting.asked, `a setting is ${shown}`)
    this.outside.setting = {asked: Math.max(setting.asked, shown), acknowledged: shown}
  }

  /** A few operations at once, or one of those that want to be alone; returns how many. */
  async #some(): Promise<number> {
    const partition = await this.#usable()
    if (partition === null) return 0
    if (this.#random.below(4) === 0) {
      await this.#alone(partition)
      return 1
    }
    const together = 1 + this.#random.below(4)
    await Promise.all(Array.from({length: together}, () => this.#write(partition)))
    return together
  }

  async #write(partition: Partition): Promise<void> {
    const dice = this.#random.below(20)
    if (dice < 12) {
      const documents = Array.from({length: 1 + this.#random.below(3)}, () => {
        const id = `d${this.#random.below(idsMax)}`
        const number = this.#random.below(1_000)
        return this.#random.below(4) === 0 ? part(id, {s: `changed ${number}`}) : whole(id, number)
      })
      const distinct = [...new Map(documents.map((document) => [document.id, document])).values()]
      await this.#ask({kind: 'upsert', documents: distinct}, () => partition.upsert(encodeDocuments(distinct)))
    } else if (dice < 17) {
      const ids = [`d${this.#random.below(idsMax)}`, `d${this.#random.below(idsMax)}`]
      await this.#ask({kind: 'delete', ids}, () => partition.delete(ids))
    } else await this.#tolerating(() => partition.flush())
  }

  async #alone(partition: Partition): Promise<void> {
    const version = this.outside.ledger.expected.spaceVersion + 1
    const space = this.#space(version)
    switch (this.#random.below(9)) {
      case 0:
        return this.#ask({kind: 'space', version}, () => partition.updateSpace(space))
      case 1:
        return this.#ask({kind: 'space', version}, () => partition.changeIndexes(space, [], []))
      case 2:
        return void (await this.#tolerating(() => partition.buildIndex({rebuild: false})))
      case 3:
      case 4:
        return this.#install(partition)
      case 5:
        return this.#configure(partition)
      case 6:
        return this.#reopen(partition)
      case 7:
        return this.#changeLearner()
      default:
        return this.#random.below(3) === 0 ? this.#replace() : void (await this.#tolerating(() => partition.flush()))
    }
  }

  async #ask(step: Step, change: () => Promise<unknown>): Promise<void> {
    const tell = this.outside.ledger.ask(step)
    try {
      await this.#waiting(step.kind, change)
      tell('acknowledged')
    } catch (thrown) {
      if (!this.#isNoSurprise(thrown)) throw thrown
      must(thrown instanceof CodedError, `an error without a code: ${thrown}`)
      if (!(thrown instanceof CodedError)) throw thrown
      if (thrown.outcome === 'rejected') tell('refused')
    }
  }

  /** A state that another server has, and this one's log does not reach, takes its place. */
  async #install(partition: Partition): Promise<void> {
    const replica = this.#replica
    // a term in which this server never stands for election itself: each has one leader
    const term = partition.leadership.term + termsAhead
    const index = (this.#log?.group(this.#id).lastIndex ?? 0) + 1 + this.#random.below(5)
    const state = this.outside.ledger.expected.after({
      kind: 'upsert',
      documents: [whole(`d${this.#random.below(idsMax)}`, this.#random.below(1_000)), whole('elsewhere', index)],
    })
    const snapshot = {index, term, membership: membershipOf([this.#node])}
    await this.#fillDonor(state, snapshot)
    const {signal} = new AbortController()
    if (!(await this.#tolerating(() => partition.takeCheckpoint(index, {host: 'donor', port: 1}, signal)))) return
    const tell = this.outside.ledger.ask({kind: 'install', state})
    replica?.step({type: 'snapshot', from: otherNode, to: this.#node, term, snapshot})
    for (let look = 0; partition.failure === null; look++) {
      must(look < looksMax, 'a state that has come is never taken')
      await this.#clock.sleep(lookMs)
    }
    if (!this.faults.hasFailed()) tell('acknowledged')
  }

  get #node(): NodeId {
    return nodeId(this.outside.ids.used)
  }

  async #fillDonor(state: PartitionModel, stood: {index: number; term: number; membership: unknown}): Promise<void> {
    this.#donor = new SimDisk(new SeededRandom(1))
    const space = this.#space(state.spaceVersion)
    const engine = await ModelEngine.openOn(this.#donor, '/donor/live', space)
    const documents = [...state.documents].map(([id, {docid, fields, vector}]) => {
      return {id, docid, fields, vectors: {v: Float32Array.from(vector)}}
    })
    engine.upsert(documents)
    const image = {
      appliedIndex: stood.index,
      nextDocid: state.nextDocid,
      documents: documents.length,
      space,
      term: stood.term,
      membership: membershipOf([this.#node]),
    }
    const checkpoints = new Checkpoints({disk: this.#donor, failpoints: noFailpoints}, donor)
    const finish = await checkpoints.begin(image, (directory) => engine.checkpoint(directory))
    await finish()
  }

  /** The other server's side is this one's own code, on the other's disk. */
  #fromDonor(): PsCaller {
    const call = async (_: unknown, method: string, request: unknown): Promise<unknown> => {
      const env = {disk: this.#donor, failpoints: this.#env.failpoints}
      const {index} = request as {index: number}
      const directory = `${donor}/${index}`
      if (method === 'checkpointFiles') return {files: await listFiles(env, directory)}
      return readPiece(env, directory, request as PsRequest<'checkpointBytes'>)
    }
    return {call: call as PsCaller['call']}
  }

  async #configure(partition: Partition): Promise<void> {
    const {setting} = this.outside
    const value = ++setting.asked
    if (await this.#tolerating(() => partition.configure({...partition.config, refresh_interval: value}))) {
      setting.acknowledged = value
    }
  }

  /** As when its state broke, or a new one came: the partition is made anew while the process lives. */
  async #reopen(partition: Partition): Promise<void> {
    await this.#tolerating(async () => {
      await this.#partitions?.stop()
      await partition.closed
    })
    await this.#log?.close()
    if (!(await this.#tolerating(() => this.#start()))) this.#isOver = true
  }

  async #changeLearner(): Promise<void> {
    const replica = this.#replica
    if (replica === null) return
    const isThere = replica.membership.learners.includes(otherNode)
    const change = {action: isThere ? 'remove' : 'add-learner', node: otherNode} as const
    await this.#tolerating(async () => {
      await replica.changeMembership({kind: 'one', change})
      await replica.readBarrier()
    })
  }

  /** The space is deleted, and another one made. */
  async #replace(): Promise<void> {
    const {outside} = this
    outside.isListed = false
    const gone = this.#id
    outside.partition++
    outside.ledger = new Ledger()
    outside.setting = {asked: 0, acknowledged: 0}
    await this.#tolerating(async () => this.#partitions?.remove(gone))
  }

  /** False if it failed, as it may once the fault has come. */
  async #tolerating(task: () => Promise<unknown>): Promise<boolean> {
    try {
      await this.#waiting(task.toString(), task)
      return true
    } catch (thrown) {
      if (!this.#isNoSurprise(thrown)) throw thrown
      return false
    }
  }

  async #waiting<T>(what: string, task: () => Promise<T>): Promise<T> {
    this.#underWay.add(what)
    try {
      return await task()
    } finally {
      this.#underWay.delete(what)
    }
  }

  #isNoSurprise(thrown: unknown): boolean {
    return this.faults.hasFailed() && !(thrown instanceof Violation)
  }
}

class Violation extends Error {}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Violation(what)
}

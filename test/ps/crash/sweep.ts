/**
 * Runs one life of a partition server for every point at which something can go wrong in it.
 *
 * The canonical workload is cut into lives, so that a run repeats only the life with the fault, on the disk as the lives
 * before left it. After the fault the power goes, and the server must open, hold all that it acknowledged and nothing that it
 * refused, go on, and do so again.
 */
import type {FailpointSite} from '../../../src/env/failpoints.js'
import {SeededRandom} from '../../harness/random.js'
import {type Fault, SimDisk} from '../../harness/sim-disk.js'
import {everySite, SimFailpoints, type SiteFault} from '../../harness/sim-failpoints.js'
import {Outside} from './outside.js'
import {ServerLife} from './server-life.js'

const livesMax = 20
const operationsPerLife = 20
const operationsAfter = 8
/** Of the points, every so many are visited: for a quick look. */
const stride = Number(process.env.SWEEP_STRIDE ?? 1)

/** A life of the rehearsal, in which nothing fails: what it began with, and what there is to be hit in it. */
interface Scene {
  readonly name: string
  readonly seed: number
  readonly disk: SimDisk
  readonly outside: Outside
  readonly ending: 'stop' | 'kill'
  /** The calls to the disk, in order. */
  readonly calls: readonly string[]
  readonly hits: ReadonlyMap<FailpointSite, number>
}

interface Point {
  readonly scene: Scene
  readonly name: string
  readonly disk?: Fault
  readonly site?: SiteFault
  /** After an error: the power goes as soon as the callers have been told. */
  readonly stopsThen: boolean
}

export class Sweep {
  /** Hits of each site in all runs. */
  readonly hits = new Map<FailpointSite, number>()
  readonly failures: string[] = []
  /** Those visited, and all there are. */
  points = 0
  pointsInAll = 0
  #scenes: Promise<readonly Scene[]> | null = null

  constructor(readonly seed: number) {}

  /**
   * A fault of each kind at every call to the disk. After an error every other life goes on, and those between lose power, so
   * that neighbouring calls see both.
   */
  async everyCall(kinds: readonly Fault['kind'][]): Promise<void> {
    for (const scene of await this.#rehearsed()) {
      for (const [at, call] of scene.calls.entries()) {
        for (const [turn, kind] of kinds.entries()) {
          const name = `${scene.name}, ${kind} at call ${at + 1} (${call})`
          await this.#visit({scene, name, disk: {at: at + 1, kind}, stopsThen: (at + turn) % 2 === 0})
        }
      }
    }
  }

  /** The process ends, or an error is thrown, at the first, the middle and the last hit of every site in every life. */
  async everySite(): Promise<void> {
    for (const scene of await this.#rehearsed()) {
      for (const site of everySite) {
        const count = scene.hits.get(site) ?? 0
        for (const hit of new Set([1, Math.ceil(count / 2), count].filter((hit) => hit >= 1 && hit <= count))) {
          for (const kind of ['crash', 'error'] as const) {
            const name = `${scene.name}, ${kind} at hit ${hit} of ${site}`
            await this.#visit({scene, name, site: {site, hit, kind}, stopsThen: hit % 2 === 0})
          }
        }
      }
    }
  }

  toString(): string {
    const count = (number: number) => number.toLocaleString('en')
    return `sweep: ${count(this.points)} points, ${count(this.failures.length)} failures`
  }

  async #visit(point: Point): Promise<void> {
    if (++this.pointsInAll % stride !== 0) return
    this.points++
    const failure = await this.#livesThrough(point)
    if (failure !== null) this.failures.push(`SEED=${this.seed} ${failure}`)
  }

  #rehearsed(): Promise<readonly Scene[]> {
    this.#scenes ??= this.#rehearse()
    return this.#scenes
  }

  async #rehearse(): Promise<readonly Scene[]> {
    const scenes: Scene[] = []
    const outside = new Outside()
    let disk = new SimDisk(new SeededRandom(this.seed))
    for (let at = 0; at < livesMax; at++) {
      const seed = this.seed * 1_000 + at
      const ending = at % 3 === 0 ? 'stop' : 'kill'
      const before = {disk: disk.fork(), outside: outside.clone()}
      const failpoints = this.#failpoints(disk)
      const life = new ServerLife(disk, outside, seed, {failpoints, hasFailed: () => false, stopsThen: false})
      await life.run(operationsPerLife, ending)
      life.end()
      scenes.push({...before, name: `life ${at}`, seed, ending, calls: disk.trace, hits: failpoints.hits})
      disk = at % 3 === 2 ? disk.afterCrash() : disk.fork()
    }
    return scenes
  }

  /** What went wrong, or null. */
  async #livesThrough({scene, name, disk: call, site, stopsThen}: Point): Promise<string | null> {
    const outside = scene.outside.clone()
    const random = new SeededRandom(scene.seed + (call?.at ?? site?.hit ?? 0))
    let disk = scene.disk.fork(random, call ?? null)
    let where = name
    try {
      const failpoints = this.#failpoints(disk, site)
      const hasFailed = () => failpoints.isFaulted || (call !== undefined && disk.calls >= call.at)
      const life = new ServerLife(disk, outside, scene.seed, {failpoints, hasFailed, stopsThen})
      await Promise.race([disk.crashed, life.run(operationsPerLife, scene.ending)])
      life.end()
      for (const [at, operations] of [operationsAfter, 1].entries()) {
        where = `${name}, restart ${at + 1}`
        disk = disk.afterCrash()
        const faults = {failpoints: this.#failpoints(disk), hasFailed: () => false, stopsThen: false}
        const next = new ServerLife(disk, outside, scene.seed + at + 1, faults)
        await next.run(operations, 'kill')
        next.end()
      }
      return null
    } catch (thrown) {
      return `${where}: ${thrown instanceof Error ? thrown.stack : String(thrown)}`
    }
  }

  #failpoints(disk: SimDisk, fault: SiteFault | null = null): SimFailpoints {
    return new SimFailpoints(fault, () => disk.crash(), this.hits)
  }
}

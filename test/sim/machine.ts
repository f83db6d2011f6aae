/**
 * A machine of the cluster: its address, clock and disk, and the process that runs on it now. Power, processes and disks come and
 * go; the place stays.
 */
import type {Env} from '../../src/env/env.js'
import type {Log, LogFields} from '../../src/env/log.js'
import type {Tear} from '../harness/sim-disk.js'
import {NodeClock} from './clock.js'
import {NodeDisk} from './disk.js'
import {NodeFailpoints} from './failpoints.js'
import type {Host, SimNetwork} from './network.js'
import type {PlaceName} from './plan.js'
import type {Prng} from './prng.js'
import {Process} from './process.js'
import type {World} from './world.js'

export interface MachineShape {
  readonly place: PlaceName
  readonly ip: string
  readonly rate: number
  readonly startWallMs: number
  readonly diskMeanUs: number
  readonly crashFaultShare: number
}

export class Machine implements Host {
  readonly place: PlaceName
  readonly ip: string
  readonly clock: NodeClock
  readonly disk: NodeDisk
  readonly failpoints: NodeFailpoints
  hasPower = true
  /** What faults do to the process that runs here. */
  slowApplyUs = 0
  checkpointFaults = 0
  #pauses = 0
  /** The newest, alive or not; null before the first. */
  process: Process | null = null
  readonly #random: Prng
  #runs = 0

  constructor(
    private readonly world: World,
    private readonly network: SimNetwork,
    /** Positive; each machine has its own. */
    private readonly number: number,
    {place, ip, rate, startWallMs, diskMeanUs, crashFaultShare}: MachineShape,
    /** What a process here logs. */
    private readonly onLine: (event: string, fields: LogFields) => void,
  ) {
    this.place = place
    this.ip = ip
    this.#random = world.random.fork(place)
    this.clock = new NodeClock(world, rate, startWallMs)
    this.disk = new NodeDisk(this.#random.fork('disk'), diskMeanUs, crashFaultShare)
    this.failpoints = new NodeFailpoints(this.#random.fork('failpoints'))
    network.add(this)
  }

  get isUp(): boolean {
    return this.hasPower
  }

  /** Whether what is written to memory that a file stands behind finds room there. */
  get hasPages(): boolean {
    return this.disk.hasPages(this.world.nowMs)
  }

  get isRunning(): boolean {
    return this.process?.isAlive ?? false
  }

  /** A new process, and the outside as it sees it. */
  begin(): {readonly process: Process; readonly env: Env} {
    this.hasPower = true
    this.#runs += 1
    const process = new Process(this.world, this.number * 1_000 + this.#runs, `${this.place}.${this.#runs}`)
    this.process = process
    if (this.#pauses > 0) process.pause()
    const env: Env = {
      clock: this.clock.of(process),
      random: this.#random.fork(`run/${this.#runs}`),
      disk: this.disk.of(process),
      network: this.network.of(process, this.ip),
      log: this.#log(process, {}),
      failpoints: this.failpoints,
    }
    return {process, env}
  }

  pause(): void {
    this.#pauses += 1
    this.process?.pause()
  }

  resume(): void {
    this.#pauses -= 1
    if (this.#pauses === 0) this.process?.resume()
  }

  /** The process is gone, and so is what it did not sync. */
  crash(tear: Tear): void {
    this.hasPower = false
    this.process?.end()
    this.disk.losePower(tear)
  }

  #log(process: Process, fields: LogFields): Log {
    const line = (event: string, more: LogFields = {}): void => {
      if (!process.isAlive) return
      const given = {...fields, ...more}
      this.world.trace.log(this.world.nowMs, this.place, event, given)
      this.onLine(event, given)
    }
    const none = () => {}
    return {
      trace: none,
      debug: none,
      info: line,
      warn: line,
      error: line,
      child: (more) => this.#log(process, {...fields, ...more}),
    }
  }
}

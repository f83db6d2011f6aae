/**
 * Keeps one role running on its machine: begins it, says when it came up and when it went, begins it again when it ended by
 * itself, unless a fault holds it down.
 */
import type {Env} from '../../src/env/env.js'
import type {Tear} from '../harness/sim-disk.js'
import type {Machine} from './machine.js'
import type {Observation, ProcessChanged} from './observation.js'
import type {Process} from './process.js'
import type {Role} from './roles.js'
import type {World} from './world.js'

/** Before a process that ended by itself is begun again. */
const restartUs = 1_000_000

export class Supervisor {
  /** Null while no process runs. */
  #role: Role | null = null
  #isUp = false
  /** Faults that keep it from running. */
  #held = 0

  constructor(
    private readonly world: World,
    readonly machine: Machine,
    private readonly make: (machine: Machine, process: Process, env: Env, fail: (error: Error) => void) => Role,
    private readonly tell: (observation: Observation) => void,
  ) {}

  get role(): Role | null {
    return this.machine.isRunning ? this.#role : null
  }

  /** Its start is done. */
  get isUp(): boolean {
    return this.#isUp && this.machine.isRunning
  }

  /** What holds it down has ended, or there was nothing yet. */
  begin(): void {
    if (this.#held > 0 || this.machine.isRunning) return
    const {process, env} = this.machine.begin()
    this.#isUp = false
    const fail = (error: Error) => this.#failed(process, error)
    process.after(0, 'start', () => {
      const role = this.make(this.machine, process, env, fail)
      this.#role = role
      role.start().then(() => this.#started(process, role), fail)
    })
  }

  crash(tear: Tear = 'write'): void {
    this.#held += 1
    if (!this.machine.isRunning) return
    this.#say('crashed')
    this.machine.crash(tear)
  }

  /** SIGKILL. */
  kill(): void {
    this.#held += 1
    if (!this.machine.isRunning) return
    this.#say('crashed')
    this.machine.process?.end()
  }

  /** SIGTERM. */
  stop(): void {
    this.#held += 1
    const {process} = this.machine
    const role = this.role
    if (process === null || role === null) return
    process.after(0, 'stop', () => {
      const ended = () => {
        if (!process.isAlive) return
        this.#say('stopped')
        process.end()
        this.#beginIfFree()
      }
      role.stop().then(ended, (thrown: unknown) => this.world.fail(thrown))
    })
  }

  wipe(): void {
    this.crash()
    this.#say('wiped')
    this.machine.disk.erase()
  }

  /** The fault that brought it down is over. */
  release(): void {
    this.#held -= 1
    this.#beginIfFree()
  }

  #beginIfFree(): void {
    // One that is still stopping is begun again when it has.
    if (this.#held === 0 && !this.machine.isRunning) this.begin()
  }

  #started(process: Process, role: Role): void {
    if (!process.isAlive) return
    this.#isUp = true
    this.#say('started', role.node === null ? {} : {detail: `node ${role.node}`})
  }

  #failed(process: Process, error: Error): void {
    if (!process.isAlive) return
    this.#say('failed', {detail: error.message})
    process.end()
    this.world.after(restartUs, null, 'restart', () => this.#beginIfFree())
  }

  #say(kind: ProcessChanged['kind'], more: {readonly detail?: string} = {}): void {
    const {place} = this.machine
    this.tell({atMs: this.world.nowMs, kind, place, node: this.#role?.node ?? null, ...more})
  }
}

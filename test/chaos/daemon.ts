/**
 * A process that runs until it is told to end. One that ends on its own is a finding, unless somebody said that it would.
 */
import {type ChildProcess, spawn} from 'node:child_process'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface DaemonParts {
  readonly label: string
  readonly command: readonly string[]
  readonly environment?: NodeJS.ProcessEnv
  /** It ended, and nobody had asked for it. */
  readonly onSurprise: (exit: Exit, output: string) => void
}

/** Of what it printed. */
const outputCharsMax = 20_000

export class Daemon {
  /** What it printed since it was started. */
  output = ''
  #child: ChildProcess | null = null
  #exited: Promise<Exit> = Promise.resolve({code: null, signal: null})
  #isEnding = true

  constructor(private readonly parts: DaemonParts) {}

  get label(): string {
    return this.parts.label
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#child !== null
  }

  /** Resolves when it has ended. */
  get exited(): Promise<Exit> {
    return this.#exited
  }

  start(): void {
    if (this.#child !== null) throw new Error(`${this.label} runs already`)
    const {command, environment} = this.parts
    const [program = '', ...args] = command
    this.output = ''
    const child = spawn(program, args, {stdio: ['ignore', 'pipe', 'pipe'], env: {...process.env, ...environment}})
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-outputCharsMax)
      })
    }
    this.#child = child
    this.#isEnding = false
    this.#exited = new Promise((resolve, reject) => {
      child.once('error', reject)
      // when all that it printed has been read
      child.once('close', (code, signal) => {
        this.#child = null
        if (!this.#isEnding) this.parts.onSurprise({code, signal}, this.output)
        resolve({code, signal})
      })
    })
  }

  /** Whatever it does from now on, it was to be expected that it ends. */
  mayEnd(): void {
    this.#isEnding = true
  }

  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  kill(): Promise<Exit> {
    return this.#end('SIGKILL')
  }

  terminate(): Promise<Exit> {
    return this.#end('SIGTERM')
  }

  #end(signal: NodeJS.Signals): Promise<Exit> {
    this.#isEnding = true
    this.#child?.kill(signal)
    this.#child?.kill('SIGCONT')
    return this.#exited
  }
}

/**
 * A cluster in a process of its own, started as a user would start it: `vearchctl node start all`.
 */
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

const binary = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'bin', 'run.cjs')

export const routerUrl = 'http://127.0.0.1:9001'

export class DemoCluster {
  #child: ChildProcess | null = null
  #ended: Promise<unknown> = Promise.resolve()

  constructor(readonly dataDirectory: string) {}

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Resolves when everything serves; rejects when the process ends before. What it says goes to this terminal. */
  async start(): Promise<void> {
    // in a group of its own: an interrupt from the terminal is for the demo, which stops its cluster in order
    const child = spawn(process.execPath, [binary, 'node', 'start', 'all', '--data-dir', this.dataDirectory], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    this.#child = child
    this.#ended = once(child, 'exit')
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the cluster did not start (exit code ${code})`)
    })
    child.stdout.pipe(process.stdout)
    // it prints its addresses, and nothing before, when everything serves
    await Promise.race([ended, once(child.stdout, 'data')])
    ended.catch(() => {})
  }

  /** Lets the cluster outlive this process. */
  release(): void {
    this.#child?.stdout?.destroy()
    this.#child?.unref()
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#child?.kill('SIGTERM')
    await this.#ended
  }
}

/** Runs a command against the cluster, its output to this terminal. */
export async function vearchctl(...args: string[]): Promise<void> {
  process.stdout.write(`\n$ vearchctl ${args.join(' ')}\n`)
  const child = spawn(process.execPath, [binary, ...args], {stdio: 'inherit'})
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`vearchctl ${args.join(' ')} ended with exit code ${code}`)
}

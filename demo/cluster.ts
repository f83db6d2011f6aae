/**
 * A cluster in a process of its own, started as a user would start it: `vearchctl node start all`.
 */
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

const binary = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'bin', 'run.js')

export const routerUrl = 'http://127.0.0.1:9001'

export class DemoCluster {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Resolves when the router answers; rejects when the process ends before. Its steps go to this terminal. */
  static async start(dataDirectory: string): Promise<DemoCluster> {
    const child = spawn(process.execPath, [binary, 'node', 'start', 'all', '--data-dir', dataDirectory], {
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    })
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the cluster ended with exit code ${code} before it was ready`)
    })
    ended.catch(() => {})
    await Promise.race([ended, answers(routerUrl)])
    return new DemoCluster(child)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Lets the cluster outlive this process. */
  release(): void {
    this.#child.unref()
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await ended
  }
}

async function answers(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(url).catch(() => null)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Runs a command against the cluster, its output to this terminal. */
export async function vearchctl(...args: string[]): Promise<void> {
  process.stdout.write(`\n$ vearchctl ${args.join(' ')}\n`)
  const child = spawn(process.execPath, [binary, ...args], {stdio: 'inherit'})
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`vearchctl ${args.join(' ')} ended with exit code ${code}`)
}

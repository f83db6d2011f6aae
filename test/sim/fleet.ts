/**
 * Worker processes, one run at a time in each, as many as there are callers at once. One that hangs or dies costs its run and is
 * replaced.
 */
import {type ChildProcess, fork} from 'node:child_process'
import {join} from 'node:path'
import type {Order, Played} from './worker.js'

/** Far more than any run takes: what takes longer goes round in circles within one virtual moment. */
const playMsMax = 600_000

export class Fleet {
  readonly #idle: ChildProcess[] = []

  /** `program` is the compiled `worker.ts`. */
  constructor(private readonly program = join(import.meta.dirname, 'worker.js')) {}

  async play(order: Order): Promise<Played> {
    const worker = this.#idle.pop() ?? launched(this.program)
    const played = await answer(worker, order)
    this.#idle.push(worker)
    return played
  }

  stop(): void {
    for (const worker of this.#idle) worker.disconnect()
  }
}

function launched(program: string): ChildProcess {
  // Most of what a run makes is garbage within its turn: with room for the young, it is never copied.
  return fork(program, {execArgv: ['--max-semi-space-size=64'], serialization: 'advanced'})
}

function answer(worker: ChildProcess, order: Order): Promise<Played> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      worker.removeAllListeners()
      settle()
    }
    const fail = (why: string) => {
      worker.kill('SIGKILL')
      finish(() => reject(new Error(`seed ${order.swarm.seed}: ${why}`)))
    }
    const timer = setTimeout(() => fail(`no end after ${playMsMax} ms`), playMsMax)
    worker.once('message', (played: Played) => finish(() => resolve(played)))
    worker.once('exit', (code, signal) => fail(`the worker ended with ${code ?? signal}`))
    worker.send(order)
  })
}

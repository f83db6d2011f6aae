/**
 * Where commands run. The shell runs one in a process and closes what it opened; the REPL runs many, shows their results
 * itself and keeps its connections. A command asks its host and does not know which it is.
 */
import {AsyncLocalStorage} from 'node:async_hooks'
import type {Target} from '../admin/contexts/target.js'
import {Connections, type ConnectionsEnv} from '../admin/session/connections.js'
import {CodedError} from '../errors/coded-error.js'
import {exitCode} from '../errors/codes.js'
import {type Failure, reportFailure} from './failure.js'
import {isOnScreen} from './output.js'
import {type PresentOptions, present} from './present.js'
import type {Result} from './view.js'
import type {Words} from './words/words.js'

export interface Host {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Aborted when the person at the terminal wants the command to end. */
  readonly interrupt: AbortSignal
  /** Whether somebody sits at a terminal and sees what the command shows. */
  readonly hasScreen: boolean
  connect(target: Target, env: ConnectionsEnv): Connections
  show(result: Result<unknown>, options: PresentOptions): Promise<void>
  fail(failure: Failure, argv: readonly string[], words: Words): Promise<void>
  /** The command is over. */
  release(connections: Connections): Promise<void>
}

export function exitOf({exit, warnings}: Result<unknown>): number {
  return exitCode[exit ?? (warnings.length > 0 ? 'partial' : 'ok')]
}

/** Of the REPL alone: once one is set, every promise of the process costs more, and roles run for years in this process. */
export const currentHost = new AsyncLocalStorage<Host>()

export class ShellHost implements Host {
  readonly environment = process.env
  #interrupt: AbortController | null = null

  /** From the first look at it, the first interrupt is the command's to take; the next one ends the process. */
  get interrupt(): AbortSignal {
    if (this.#interrupt === null) {
      this.#interrupt = new AbortController()
      process.once('SIGINT', this.#cancel)
    }
    return this.#interrupt.signal
  }

  get hasScreen(): boolean {
    return isOnScreen()
  }

  connect(target: Target, env: ConnectionsEnv): Connections {
    return new Connections(target, env)
  }

  async show(result: Result<unknown>, options: PresentOptions): Promise<void> {
    if (result.isShown !== true) await present(result, options)
    process.exitCode = exitOf(result)
  }

  async fail(failure: Failure, argv: readonly string[], words: Words): Promise<void> {
    process.exitCode = failure.exit
    await reportFailure(failure, argv, words)
  }

  release(connections: Connections): Promise<void> {
    process.removeListener('SIGINT', this.#cancel)
    return connections.close()
  }

  readonly #cancel = () => this.#interrupt?.abort(new CodedError('CANCELED', 'interrupted', {outcome: 'unknown'}))
}

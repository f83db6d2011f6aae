/**
 * Where commands of a REPL or a script run. Each run has its own interrupt; connections are kept from one to the next, until a
 * command fails: then they may be the reason, and the next one opens them anew.
 */

import type {Target} from '../../admin/contexts/target.js'
import type {Connections, ConnectionsEnv} from '../../admin/session/connections.js'
import {exitCode} from '../../errors/codes.js'
import {type Failure, reportFailure} from '../failure.js'
import {exitOf, type Host} from '../host.js'
import {isOnScreen} from '../output.js'
import {type PresentOptions, present} from '../present.js'
import type {Result} from '../view.js'
import type {Words} from '../words/words.js'
import type {KeptConnections} from './kept-connections.js'

/** What a command returned, and how its flags say that it is shown. */
export interface Shown {
  readonly result: Result<unknown>
  readonly options: PresentOptions
}

export interface ReplHostOptions {
  readonly environment: Host['environment']
  readonly interrupt: AbortSignal
  readonly connections: KeptConnections
  /** The result goes into a pipe or a variable, not to the screen. */
  readonly isCaptured: boolean
  /** False once the person has gone on without the command. */
  isHeard(): boolean
}

export class ReplHost implements Host {
  /** Null where the command failed, or showed what it had to show by itself. */
  shown: Shown | null = null
  exit: number = exitCode.ok
  #hasFailed = false

  constructor(private readonly options: ReplHostOptions) {}

  get environment(): Host['environment'] {
    return this.options.environment
  }

  get interrupt(): AbortSignal {
    return this.options.interrupt
  }

  get hasScreen(): boolean {
    return !this.options.isCaptured && isOnScreen()
  }

  connect(target: Target, env: ConnectionsEnv): Connections {
    return this.options.connections.to(target, env)
  }

  async show(result: Result<unknown>, options: PresentOptions): Promise<void> {
    if (!this.options.isHeard()) return
    this.exit = exitOf(result)
    if (result.isShown === true) return
    this.shown = {result, options}
    if (!this.options.isCaptured) await present(result, options)
  }

  async fail(failure: Failure, argv: readonly string[], words: Words): Promise<void> {
    if (!this.options.isHeard()) return
    this.shown = null
    this.#hasFailed = true
    this.exit = failure.exit
    await reportFailure(failure, argv, words)
  }

  async release(connections: Connections): Promise<void> {
    if (this.#hasFailed) await this.options.connections.drop(connections)
  }
}

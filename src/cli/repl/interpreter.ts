/**
 * Runs lines: commands, pipes, variables, loops. It knows no terminal, so the REPL, scripts and tests run the same.
 *
 * - A line ends in an exit code and never throws: what is wrong is told as a command tells it.
 * - Commands run in this process, loaded once; each gets a host of its own (`repl-host.ts`) and with it the line's interrupt.
 * - What a command returned is remembered whole, whatever of it was shown.
 *
 * Reading order: `line.ts` (what is typed), this, `stages.ts`, `variables.ts`, `carried-flags.ts`; then `repl.ts` for the terminal.
 */
import type {Clock} from '../../env/clock.js'
import {CodedError} from '../../errors/coded-error.js'
import {exitCode} from '../../errors/codes.js'
import {type CarriedFlags, withCarried} from '../carried-flags.js'
import type {CommandSet} from '../command-set.js'
import {failureOf, reportFailure} from '../failure.js'
import {currentHost, exitOf, type Host} from '../host.js'
import {plainOptions, present} from '../present.js'
import {runWords} from '../run.js'
import type {Words} from '../words/words.js'
import {KeptConnections} from './kept-connections.js'
import {type Line, parseLine, splitWords} from './line.js'
import {ReplHost, type Shown} from './repl-host.js'
import {resultOf} from './rows-view.js'
import {runStage} from './stages.js'
import {Variables} from './variables.js'

export interface InterpreterOptions {
  readonly commands: CommandSet
  readonly environment: Host['environment']
  /** Of the line that begins. */
  readonly carried: () => CarriedFlags
  readonly words: Words
  readonly clock: Clock
}

/** Longer than anybody waits for a command. */
const holdMs = 2 ** 31 - 1

type Pipeline = Extract<Line, {type: 'pipeline'}>
type Loop = Extract<Line, {type: 'loop'}>

export class Interpreter {
  readonly variables = new Variables()
  /** `set -e`: a script ends with its first line that fails. */
  stopsAtErrors = false
  readonly #connections = new KeptConnections()
  /** Of lines that the person has gone on without. */
  readonly #abandoned = new WeakSet<AbortSignal>()
  readonly #closing = new AbortController()
  #running = 0

  constructor(private readonly options: InterpreterOptions) {}

  /** The exit code. A line that is not complete is refused. */
  async run(text: string, interrupt: AbortSignal): Promise<number> {
    this.#running += 1
    try {
      const line = parseLine(text)
      switch (line.type) {
        case 'nothing':
          return exitCode.ok
        case 'incomplete':
          throw new CodedError('USAGE', 'the line is not complete')
        case 'set':
          this.stopsAtErrors = line.stopsAtErrors
          return exitCode.ok
        case 'loop':
          return await this.#loop(line, interrupt)
        case 'pipeline':
          return await this.#pipeline(line, interrupt)
      }
    } catch (thrown) {
      const failure = failureOf(thrown, this.options.words)
      if (this.#abandoned.has(interrupt)) return failure.exit
      await reportFailure(failure, [], this.options.words)
      return failure.exit
    } finally {
      this.#running -= 1
    }
  }

  /** Something runs, be it abandoned. */
  get isBusy(): boolean {
    return this.#running > 0
  }

  /** The line with this interrupt is left to itself: nothing that it still finds is shown. */
  abandon(interrupt: AbortSignal): void {
    this.#abandoned.add(interrupt)
  }

  close(): Promise<void> {
    this.#closing.abort()
    return this.#connections.close()
  }

  /** Ends with the highest code of its lines; at once on an interrupt, or on `set -e` with the first that fails. */
  async #loop({name, items, body}: Loop, interrupt: AbortSignal): Promise<number> {
    let highest: number = exitCode.ok
    for (const item of this.#items(items)) {
      this.variables.set(name, item)
      highest = Math.max(highest, await this.run(body, interrupt))
      if (interrupt.aborted || (highest !== exitCode.ok && this.stopsAtErrors)) return highest
    }
    return highest
  }

  #items(text: string): Shown[] {
    const options = plainOptions(this.options.words)
    if (/^\$\w+$/.test(text)) {
      const {result, options} = this.variables.get(text.slice(1))
      return result.rows.map((row) => ({result: {...result, rows: [row]}, options}))
    }
    const values = this.variables.evaluate(text)
    return (Array.isArray(values) ? values : [values]).map((value) => ({result: resultOf([value]), options}))
  }

  async #pipeline({name, source, isValue, stages}: Pipeline, interrupt: AbortSignal): Promise<number> {
    const isCaptured = name !== null || stages.length > 0
    if (!isValue) {
      const {shown, exit} = await this.#command(source, isCaptured, interrupt)
      if (shown === null || !isCaptured || this.#abandoned.has(interrupt)) return exit
      return this.#pass(shown, {name, stages})
    }
    return this.#pass(this.variables.value(source, plainOptions(this.options.words)), {name, stages})
  }

  async #pass(from: Shown, {name, stages}: Pick<Pipeline, 'name' | 'stages'>): Promise<number> {
    let shown: Shown | null = from
    for (const stage of stages) {
      if (shown === null) throw new CodedError('USAGE', `nothing is left for | ${stage}`)
      shown = await runStage(stage, shown, this.variables)
    }
    if (shown === null) return exitOf(from.result)
    if (name !== null) this.variables.set(name, shown)
    else {
      if (shown.result.rows !== from.result.rows) this.variables.remember(shown)
      await present(shown.result, shown.options)
    }
    return exitOf(shown.result)
  }

  async #command(
    text: string,
    isCaptured: boolean,
    interrupt: AbortSignal,
  ): Promise<{shown: Shown | null; exit: number}> {
    const {commands, environment, carried, words, clock} = this.options
    const typed = splitWords(text, this.variables.expand)
    const argv = withCarried(typed[0] === 'vearchctl' ? typed.slice(1) : typed, carried())
    const isHeard = () => !this.#abandoned.has(interrupt)
    const host = new ReplHost({environment, interrupt, connections: this.#connections, isCaptured, isHeard})
    const over = new AbortController()
    // deadlines do not hold the process, and a keyboard that nobody reads does not either
    void clock.sleep(holdMs, AbortSignal.any([over.signal, this.#closing.signal])).catch(() => {})
    try {
      await currentHost.run(host, () => runWords(commands, argv, words))
    } finally {
      over.abort()
      // of one that failed
      process.exitCode = undefined
    }
    if (host.shown !== null) this.variables.remember(host.shown)
    return host
  }
}

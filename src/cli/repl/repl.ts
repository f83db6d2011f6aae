/**
 * The REPL: Node's own, with our commands instead of JavaScript.
 *
 * - `interpreter.ts` runs a line; this is the terminal around it: prompt, history, Ctrl-R, Tab, Ctrl-C.
 * - One command at a time. While it runs it has the keyboard (`terminal-gate.ts`), and Ctrl-C is its interrupt: the first asks it to
 *   end, the second goes on without it. Where a line is edited Ctrl-C clears it, and only Ctrl-D or `exit` leaves.
 * - The prompt names the context and what is known of the cluster. It never waits: what is not known yet is not shown.
 * - Nothing that is typed is JavaScript, so nothing but our commands can run.
 */
import {type REPLServer, Recoverable, start} from 'node:repl'
import type {Target} from '../../admin/target.js'
import type {Env} from '../../env/env.js'
import {appendPrivately} from '../../env/private-file.js'
import {CodedError} from '../../errors/coded-error.js'
import {exitCode} from '../../errors/codes.js'
import {failureOf, reportFailure} from '../failure.js'
import {say} from '../output.js'
import type {Words} from '../words/words.js'
import {History, isKept} from './history.js'
import type {Interpreter} from './interpreter.js'
import {isIncomplete} from './line.js'
import {takeKeyboard} from './terminal-gate.js'

export interface ReplOptions {
  readonly interpreter: Interpreter
  /** Where a line without flags would go. */
  readonly target: () => Promise<Target>
  readonly stateDirectory: string
  readonly env: Env
  readonly words: Words
}

/** Longer than anybody waits for a command. */
const holdMs = 2 ** 31 - 1

type Done = (error: Error | null, result: undefined) => void

export class Repl {
  #server: REPLServer | null = null
  #history: History
  #context: string | null = null
  #interrupt: AbortController | null = null
  #goOn: () => void = () => {}
  #transcript: string | null = null

  constructor(private readonly options: ReplOptions) {
    this.#history = this.#historyOf(null)
  }

  /** Until the person leaves. */
  async run(): Promise<void> {
    await this.#settle()
    const lines = await this.#history.read()
    const server = start({
      prompt: this.#prompt,
      eval: (text, _context, _file, done) => this.#evaluate(text, done as Done),
      ignoreUndefined: true,
      terminal: true,
      preview: false,
    })
    this.#server = server
    Reflect.set(server, 'history', lines)
    for (const name of ['clear', 'load', 'save']) Reflect.deleteProperty(server.commands, name)
    server.defineCommand('record', {help: this.options.words.recordHelp, action: (path) => this.#record(path.trim())})
    server.removeAllListeners('SIGINT')
    server.on('SIGINT', () => this.#clearLine(server))
    const left = new Promise<void>((resolve) => server.once('exit', resolve))
    process.on('SIGINT', this.#onInterrupt)
    for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, this.#onEnd)
    await left
    process.removeListener('SIGINT', this.#onInterrupt)
    for (const name of ['SIGTERM', 'SIGHUP'] as const) process.removeListener(name, this.#onEnd)
    await Promise.all([this.#history.flush(), this.options.interpreter.close()])
  }

  #evaluate(text: string, done: Done): void {
    if (isIncomplete(text)) {
      done(new Recoverable(new SyntaxError('more')), undefined)
      return
    }
    const line = text.trimEnd()
    if (/^\s*(?:exit|quit)\s*$/.test(line)) {
      this.#server?.close()
      return
    }
    const giveBack = takeKeyboard(process.stdin)
    void this.#execute(line).finally(() => {
      done(null, undefined)
      giveBack()
    })
  }

  async #execute(line: string): Promise<void> {
    const {interpreter, env} = this.options
    const startedAt = env.clock.nowMs()
    const interrupt = new AbortController()
    const over = new AbortController()
    this.#interrupt = interrupt
    // deadlines do not hold the process, and a keyboard that nobody reads does not either
    void env.clock.sleep(holdMs, over.signal).catch(() => {})
    const wentOn = new Promise<number>((resolve) => {
      this.#goOn = () => {
        interpreter.abandon()
        resolve(exitCode.interrupted)
      }
    })
    const rc = await Promise.race([interpreter.run(line, interrupt.signal), wentOn])
    over.abort()
    this.#interrupt = null
    this.#keep(line, rc, Math.round(env.clock.nowMs() - startedAt))
    await this.#settle()
  }

  #keep(cmd: string, rc: number, ms: number): void {
    this.#history.append({cmd, context: this.#context, cwd: process.cwd(), rc, ms})
    const server = this.#server
    if (server !== null && !isKept(cmd)) {
      Reflect.set(server, 'history', (Reflect.get(server, 'history') as string[]).filter(isKept))
    }
    if (this.#transcript !== null && isKept(cmd)) {
      void appendPrivately(this.#transcript, `${cmd}\n`).catch((thrown: Error) => say(thrown.message))
    }
  }

  /** The context may be another one than before the line. */
  async #settle(): Promise<void> {
    const {words, target} = this.options
    const {context} = await target().catch(async (thrown: unknown) => {
      await reportFailure(failureOf(thrown, words), [], words)
      return {context: null}
    })
    if (context !== this.#context) {
      await this.#history.flush()
      this.#history = this.#historyOf(context)
      this.#context = context
      if (this.#server !== null) Reflect.set(this.#server, 'history', await this.#history.read())
    }
    this.#server?.setPrompt(this.#prompt)
  }

  get #prompt(): string {
    return `${this.#context ?? 'vearchctl'}> `
  }

  #historyOf(context: string | null): History {
    return new History(this.options.stateDirectory, context, this.options.env)
  }

  #record(path: string): void {
    this.#transcript = path === '' || path === 'off' ? null : path
    say(this.#transcript === null ? this.options.words.recordedNothing : this.options.words.recordsTo(path))
    this.#server?.displayPrompt()
  }

  #clearLine(server: REPLServer): void {
    server.write(null, {ctrl: true, name: 'e'})
    server.write(null, {ctrl: true, name: 'u'})
    server.clearBufferedCommand()
    process.stdout.write('^C\n')
    server.displayPrompt()
  }

  readonly #onInterrupt = () => {
    if (this.#interrupt === null) return
    if (this.#interrupt.signal.aborted) this.#goOn()
    else this.#interrupt.abort(new CodedError('CANCELED', 'interrupted', {outcome: 'unknown'}))
  }

  readonly #onEnd = () => {
    this.#interrupt?.abort(new CodedError('CANCELED', 'the terminal is gone', {outcome: 'unknown'}))
    this.#server?.close()
  }
}

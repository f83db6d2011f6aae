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
import type {Contexts} from '../../admin/contexts/contexts.js'
import type {Target} from '../../admin/contexts/target.js'
import type {Secrets} from '../../admin/session/connections.js'
import type {Timer} from '../../env/clock.js'
import type {Env} from '../../env/env.js'
import {appendPrivately} from '../../env/private-file.js'
import {CodedError} from '../../errors/coded-error.js'
import {exitCode} from '../../errors/codes.js'
import {painted} from '../aligned-text.js'
import type {CommandSet} from '../command-set.js'
import type {Completable, ValuesOf} from '../completion/completer.js'
import {isLocal, type LocalKind, localValues} from '../completion/local-values.js'
import {failureOf, reportFailure} from '../failure.js'
import {hasColors, say} from '../output.js'
import type {Tone} from '../view.js'
import type {Words} from '../words/words.js'
import {completeLine, type LineCompletion} from './complete-line.js'
import {FollowedCluster} from './followed-cluster.js'
import {History, isKept} from './history.js'
import type {Interpreter} from './interpreter.js'
import {isIncomplete} from './line.js'
import {Pastes, pastedLines} from './pastes.js'
import {promptText} from './prompt.js'
import type {SessionFlags} from './session-flags.js'
import {tabAction} from './tab.js'
import {takeKeyboard} from './terminal-gate.js'

export interface ReplOptions {
  readonly interpreter: Interpreter
  readonly flags: SessionFlags
  readonly contexts: Contexts
  readonly stateDirectory: string
  readonly commands: CommandSet
  readonly environment: Secrets
  readonly env: Env
  readonly words: Words
}

/** Servers may come and go by the dozen. */
const repaintEveryMs = 500
/** A command that was asked to end is given this long before anything is said of it, or the terminal's end is waited out. */
const patienceMs = 1_000

type Done = (error: Error | null, result: undefined) => void

export class Repl {
  #server: REPLServer | null = null
  #history: History
  #context: string | null = null
  #interrupt: AbortController | null = null
  #goOn: () => void = () => {}
  #transcript: string | null = null
  #isTimed = false
  #target: Target | null = null
  #hasLeft = false
  #line: Promise<void> = Promise.resolve()
  readonly #cluster: FollowedCluster
  readonly #pastes = new Pastes(process.stdout, (text) => this.#server?.write(text))
  #contextNames: readonly string[] = []
  #known: Omit<Completable, 'values'> = {commands: [], topics: new Map()}
  #lastPrompt = ''
  #repainting: Timer | null = null

  constructor(private readonly options: ReplOptions) {
    this.#history = this.#historyOf(null)
    const {env, environment: secrets} = options
    this.#cluster = new FollowedCluster({...env, secrets}, () => this.#repaintSoon())
  }

  /** Until the person leaves. */
  async run(): Promise<void> {
    say(this.options.words.welcome)
    await this.#settle()
    this.#known = await this.options.commands.completable()
    const lines = await this.#history.read()
    this.#lastPrompt = this.#prompt
    const server = start({
      prompt: this.#lastPrompt,
      completer: (line: string, done: (error: null, completions: [string[], string]) => void) => {
        done(null, [[], line])
        void this.#complete(line)
      },
      eval: (text, _context, _file, done) => this.#evaluate(text, done as Done),
      ignoreUndefined: true,
      terminal: true,
      preview: false,
    })
    this.#server = server
    Reflect.set(server, 'history', lines)
    for (const name of ['clear', 'editor', 'load', 'save']) Reflect.deleteProperty(server.commands, name)
    this.#defineCommands(server)
    server.removeAllListeners('SIGINT')
    server.on('SIGINT', () => this.#clearLine(server))
    const left = new Promise<void>((resolve) => server.once('exit', resolve))
    this.#pastes.listen(process.stdin)
    process.on('SIGINT', this.#onInterrupt)
    for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, this.#onEnd)
    await left
    this.#hasLeft = true
    this.#pastes.end()
    process.removeListener('SIGINT', this.#onInterrupt)
    for (const name of ['SIGTERM', 'SIGHUP'] as const) process.removeListener(name, this.#onEnd)
    this.#repainting?.cancel()
    await Promise.all([this.#history.flush(), this.#cluster.stop(), this.options.interpreter.close()])
    // what somebody went on without would keep the process, for as long as it likes
    if (this.options.interpreter.isBusy) process.exit(exitCode.interrupted)
  }

  #evaluate(text: string, done: Done): void {
    if (isIncomplete(text)) {
      done(new Recoverable(new SyntaxError('more')), undefined)
      return
    }
    // as one line, for the history
    const line = text.trimEnd().replace(/\\?\n/g, ' ')
    if (/^\s*(?:exit|quit)\s*$/.test(line)) {
      this.#server?.close()
      return
    }
    this.#pastes.end()
    const giveBack = takeKeyboard(process.stdin)
    this.#line = this.#execute(line).finally(() => {
      if (this.#hasLeft) return
      giveBack(() => {
        this.#pastes.begin()
        done(null, undefined)
      })
    })
  }

  async #execute(line: string): Promise<void> {
    const {interpreter, env} = this.options
    const startedAt = env.clock.nowMs()
    const interrupt = new AbortController()
    this.#interrupt = interrupt
    const wentOn = new Promise<number>((resolve) => {
      this.#goOn = () => {
        interpreter.abandon(interrupt.signal)
        resolve(exitCode.interrupted)
      }
    })
    const rc = await Promise.race([this.#runLines(pastedLines(line), interrupt.signal), wentOn])
    const ms = Math.round(env.clock.nowMs() - startedAt)
    this.#interrupt = null
    this.#keep(line, rc, ms)
    if (this.#isTimed) say(`${ms} ms`)
    await this.#settle()
  }

  /** Lines that were pasted together end with the first that fails. */
  async #runLines(lines: readonly string[], interrupt: AbortSignal): Promise<number> {
    for (const line of lines) {
      const rc = await this.options.interpreter.run(line, interrupt)
      if (rc !== exitCode.ok || interrupt.aborted) return rc
    }
    return exitCode.ok
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
    const {words, contexts} = this.options
    const target = await this.options.flags.target().catch(async (thrown: unknown) => {
      await reportFailure(failureOf(thrown, words), [], words)
      return null
    })
    const context = target?.context ?? null
    this.#target = target
    this.#cluster.follow(target)
    this.#contextNames = await contexts.all().then(
      (all) => [...all.keys()],
      () => [],
    )
    if (context !== this.#context) {
      await this.#history.flush()
      this.#history = this.#historyOf(context)
      this.#context = context
      if (this.#server !== null) Reflect.set(this.#server, 'history', await this.#history.read())
    }
    if (this.#server !== null) this.#showPrompt(this.#server)
  }

  #repaintSoon(): void {
    if (this.#repainting !== null) return
    this.#repainting = this.options.env.clock.after(repaintEveryMs, () => {
      this.#repainting = null
      const server = this.#server
      // what somebody is typing is left alone
      if (server === null || this.#interrupt !== null || server.line !== '') return
      const [shown, prompt] = [server.getPrompt(), this.#prompt]
      if (shown === prompt || shown !== this.#lastPrompt) return
      this.#showPrompt(server)
      server.prompt(true)
    })
  }

  #showPrompt(server: REPLServer): void {
    this.#lastPrompt = this.#prompt
    server.setPrompt(this.#lastPrompt)
  }

  get #prompt(): string {
    const isColoured = hasColors(process.stdout, 'auto')
    const paint = (text: string, tone: Tone) => (isColoured ? painted(text, tone) : text)
    return promptText(this.#context, this.#cluster.live, this.#target, paint)
  }

  async #complete(line: string): Promise<void> {
    const server = this.#server
    if (server === null) return
    const {line: typed} = server
    const completion = await this.#completionOf(line)
    // somebody has typed on
    if (server.line !== typed) return
    const action = tabAction(completion, process.stdout.columns || 80)
    if (action.type === 'edit') {
      for (let left = action.erase; left > 0; left--) server.write(null, {name: 'backspace'})
      server.write(action.insert)
    } else if (action.type === 'list') {
      process.stdout.write(`\n${action.lines.join('\n')}\n`)
      server.prompt(true)
    }
  }

  /** The disk is asked only where the place is for what is on it. */
  async #completionOf(line: string): Promise<LineCompletion> {
    const {interpreter, stateDirectory, env} = this.options
    const complete = (values: ValuesOf) => completeLine(line, {...this.#known, values}, interpreter.variables)
    const asked: {kind: LocalKind; typed: string}[] = []
    const completion = complete((kind, typed, among) => {
      if (isLocal(kind)) asked.push({kind, typed})
      return this.#values(kind, typed, among)
    })
    const [local] = asked
    if (local === undefined) return completion
    const cluster = this.#cluster.live?.cluster ?? null
    const found = await localValues(local.kind, local.typed, {disk: env.disk, stateDirectory, cluster})
    return complete(() => found)
  }

  readonly #values: ValuesOf = (kind, ...rest) => {
    if (kind === 'context') return this.#contextNames.map((value) => ({value, description: ''}))
    return this.#cluster.values(kind, ...rest)
  }

  #historyOf(context: string | null): History {
    return new History(this.options.stateDirectory, context, this.options.env)
  }

  /** Those that begin with a dot: they are about the session and not about a cluster. */
  #defineCommands(server: REPLServer): void {
    const {words, flags} = this.options
    const define = (name: string, help: string, act: (text: string) => unknown) => {
      const action = async (text: string) => {
        await Promise.resolve(act(text.trim())).catch((thrown) => reportFailure(failureOf(thrown, words), [], words))
        await this.#settle()
        server.displayPrompt()
      }
      server.defineCommand(name, {help, action: (text) => void action(text)})
    }
    define('record', words.recordHelp, (path) => this.#record(path))
    define('timing', words.timingHelp, (text) => {
      this.#isTimed = text !== 'off'
    })
    define('use', words.useHelp, (context) => flags.use(context))
    define('read-only', words.readOnlyHelp, (text) => flags.set('read-only', text === 'off' ? '' : 'on'))
    define('set', words.setHelp, async (text) => {
      const [name = '', ...value] = text.split(/\s+/)
      if (name !== '') await flags.set(name, value.join(' '))
      for (const word of [...flags.all.values()].flat()) say(word)
    })
    server.defineCommand('undo', {
      help: words.undoHelp,
      action: (text) => this.#evaluate(`meta undo ${text}`, () => server.displayPrompt()),
    })
  }

  #record(path: string): void {
    this.#transcript = path === '' || path === 'off' ? null : path
    say(this.#transcript === null ? this.options.words.recordedNothing : this.options.words.recordsTo(path))
  }

  #clearLine(server: REPLServer): void {
    server.write(null, {ctrl: true, name: 'e'})
    server.write(null, {ctrl: true, name: 'u'})
    server.clearBufferedCommand()
    process.stdout.write('^C\n')
    server.displayPrompt()
  }

  readonly #onInterrupt = () => {
    const interrupt = this.#interrupt
    if (interrupt === null) return
    if (interrupt.signal.aborted) {
      this.#goOn()
      return
    }
    interrupt.abort(new CodedError('CANCELED', 'interrupted', {outcome: 'unknown'}))
    this.options.env.clock.after(patienceMs, () => {
      if (this.#interrupt === interrupt) say(this.options.words.interruptAgain)
    })
  }

  readonly #onEnd = () => {
    this.#interrupt?.abort(new CodedError('CANCELED', 'the terminal is gone', {outcome: 'unknown'}))
    void Promise.race([this.#line, this.options.env.clock.sleep(patienceMs)]).then(() => this.#server?.close())
  }
}

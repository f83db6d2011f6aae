/**
 * What every command is built on. A command parses, calls one function of `admin`, and returns what that found.
 *
 * - `run()` returns rows and the view of them; they are shown here, so that text, JSON, the REPL and tests see one value.
 * - Data goes to stdout, everything else to stderr. An error is words on stderr, or with `--json` an envelope on stdout; the
 *   exit code is the same either way (`vearchctl help exit-codes`).
 * - `session` opens nothing before it is used and has one deadline for the whole command.
 * - What changes something goes through `carryOut`: the plan is shown, a person agrees, and only then is there a writer.
 * - Clients, prompts and table libraries are imported where they are used: a command that does not need them is quick.
 *
 * Reading order: `view.ts` (what a command returns), this, `present.ts` (how it is shown), `host.ts` (shell or REPL),
 * `failure.ts`, `words/` (languages).
 */
import type {ArgInput, FlagInput, InferredArgs, InferredFlags} from '@oclif/core/interfaces'
import type {GuardedWriter} from '../admin/changes/guarded-writer.js'
import {stateDirectory} from '../admin/changes/journal.js'
import {overrule, type Proposal, type ProposedStep, proposalListing} from '../admin/changes/proposal.js'
import {Contexts} from '../admin/contexts/contexts.js'
import type {Target} from '../admin/contexts/target.js'
import type {Catalogue} from '../admin/messages/message.js'
import type {Connections} from '../admin/session/connections.js'
import {Session} from '../admin/session/session.js'
import type {Context} from '../config/context.js'
import type {Env} from '../env/env.js'
import {CodedError, toCodedError} from '../errors/coded-error.js'
import {approve, passwordPrompt} from './approve.js'
import {commandEnv} from './command-env.js'
import type {CommandSet} from './command-set.js'
import {failureOf} from './failure.js'
import {globalFlags, nodeTimeoutMsDefault, type OutputFormat, timeoutMsDefault} from './global-flags.js'
import {currentHost, type Host, ShellHost} from './host.js'
import {say} from './output.js'
import {type Parameters, parse} from './parameters/parse.js'
import {planView} from './plan-view.js'
import type {PresentOptions} from './present.js'
import {contextOf, targetOf} from './target-flags.js'
import {type Result, shown, type View} from './view.js'
import {catalogueOf, wordsFor} from './words/language.js'
import type {Words} from './words/words.js'

type FlagsOf<C> = C extends {flags: infer F} ? InferredFlags<F> : unknown
type ArgsOf<C> = C extends {args: infer A} ? InferredArgs<A> : unknown

export abstract class BaseCommand<C extends Parameters> {
  // what a command says of itself, for help and completion too: the command line library makes its manifest of these
  static summary = ''
  static description?: string
  static examples: string[] = []
  /** Other ids of it. */
  static aliases: string[] = []
  static hidden = false
  static args: ArgInput = {}
  static flags: FlagInput = {}
  static baseFlags = globalFlags
  /** Whether it refuses more words than it has arguments. */
  static strict = true

  /** The command's own flags. */
  protected flags!: FlagsOf<C>
  /** Those that every command has. */
  protected globals!: InferredFlags<typeof globalFlags>
  protected args!: ArgsOf<C>
  /** The words that are no flags, where a command takes any number of them. */
  protected argvWords: readonly string[] = []
  protected env!: Env
  protected words: Words = wordsFor([], {})
  readonly #host: Host = currentHost.getStore() ?? new ShellHost()
  #connections: Connections | null = null
  /** Why there are none. */
  #targetFault: unknown = new Error('no cluster is asked before the flags are parsed')
  #session: Session | null = null
  #contexts: Contexts | null = null
  #typed: ReadonlySet<string> = new Set()
  /** For the whole command, where `--timeout` says nothing. */
  protected timeoutMs: number = timeoutMsDefault

  constructor(
    protected readonly argv: readonly string[],
    /** All that there are. */
    protected readonly commands: CommandSet,
    /** Its own name among them. */
    private readonly id: string,
  ) {}

  static async run(
    this: new (
      argv: readonly string[],
      commands: CommandSet,
      id: string,
    ) => BaseCommand<Parameters>,
    argv: readonly string[],
    commands: CommandSet,
    id: string,
  ): Promise<void> {
    await new this(argv, commands, id).#execute()
  }

  abstract run(): Promise<Result<unknown>>

  /** The cluster that the flags name. */
  protected get session(): Session {
    this.#session ??= this.#begin(this.interrupt)
    return this.#session
  }

  /** The session of a command that asks again, with all its time. */
  protected anew(interrupt: AbortSignal): Session {
    this.#session?.end()
    this.#session = this.#begin(interrupt)
    return this.#session
  }

  protected get contexts(): Contexts {
    this.#contexts ??= new Contexts(this.env.disk, this.#host.environment, this.globals['dry-run'])
    return this.#contexts
  }

  /** For what changes no cluster, and so needs no plan. */
  protected sayIfOnlyPlanned(): void {
    if (this.globals['dry-run']) say(this.words.wouldDo)
  }

  /** The words of what `admin` says, in the language of the others. */
  protected catalogue(): Promise<Catalogue> {
    return catalogueOf(this.words.language)
  }

  /** What the flags on the command line say of a cluster. */
  protected typedContext(): Context {
    return contextOf(this.globals, this.#typed)
  }

  /** The cluster that a command line without flags of its own would ask. Errors: NOT_FOUND, CONFIG_ERROR. */
  protected target(): Promise<Target> {
    return targetOf(this.globals, this.#typed, this.contexts)
  }

  /** Names of the flags that stand on the command line. */
  protected get typedFlags(): ReadonlySet<string> {
    return this.#typed
  }

  /** Whether it repeats itself under `--watch`, and needs nobody to. */
  protected get watchesItself(): boolean {
    return false
  }

  /** Where nothing says which. */
  protected get formatDefault(): OutputFormat {
    return 'table'
  }

  protected get hasScreen(): boolean {
    return this.#host.hasScreen
  }

  protected get interrupt(): AbortSignal {
    return this.#host.interrupt
  }

  protected get environment(): Host['environment'] {
    return this.#host.environment
  }

  /**
   * Shows the plan, asks, and lets `act` carry it out. A dry run returns the plan instead. Errors: GUARD_FAILED where
   * nothing may be changed or an objection stands; UNCONFIRMED.
   */
  protected async carryOut<Row>(
    plan: Proposal,
    act: (writer: GuardedWriter) => Promise<Result<Row>>,
  ): Promise<Result<Row> | Result<ProposedStep>> {
    const forced = this.globals.force ?? []
    const writer = await this.session.writer()
    if (writer === null) {
      say(this.words.wouldDo)
      return shown(proposalListing(plan, forced), planView)
    }
    overrule(plan, forced)
    if (plan.needsApproval) await this.agree(plan)
    return act(writer)
  }

  /** Shows it and asks. Errors: UNCONFIRMED. */
  protected async agree(plan: Proposal): Promise<void> {
    const {isProtected, context} = this.session.target
    const cluster = await this.session.cluster()
    const {yes, confirm = null} = this.globals
    const protectedContext = isProtected ? context : null
    await this.session.whileAsking(() => approve(plan, {yes, confirm, protectedContext, cluster, words: this.words}))
  }

  /**
   * Shows rows as they come, until they end, the person interrupts, or `--timeout` is over; then there is nothing left to
   * show.
   */
  protected async stream<Row>(
    view: View<Row>,
    rows: (signal: AbortSignal) => AsyncIterable<Row>,
  ): Promise<Result<Row>> {
    const {streamRows} = await import('./stream.js')
    const {timeout = null} = this.globals
    const whom = await this.session.connections.place()
    const options = {presentation: this.presentation, clock: this.env.clock, whom, interrupt: this.#host.interrupt}
    await this.session.whileAsking(() => streamRows(rows, view, {...options, forMs: timeout}))
    return {rows: [], source: null, warnings: [], view, isShown: true}
  }

  get #parameters(): Parameters {
    const {args, flags, strict} = this.constructor as unknown as Parameters
    return {args, flags: {...globalFlags, ...flags}, strict}
  }

  async #prepare(): Promise<void> {
    this.words = wordsFor(this.argv, this.#host.environment)
    const {flags, args, words, typed} = await parse(this.argv, this.#parameters)
    this.flags = flags as typeof this.flags
    this.globals = flags as typeof this.globals
    this.args = args as typeof this.args
    this.argvWords = words.map(String)
    this.env = commandEnv({debug: this.globals.debug})
    this.#typed = typed
    try {
      const target = await targetOf(this.globals, this.#typed, this.contexts)
      if (target.language !== null) this.words = wordsFor(this.argv, this.#host.environment, target.language)
      const askPassword = passwordPrompt(this.words)
      this.#connections = this.#host.connect(target, {...this.env, secrets: this.#host.environment, askPassword})
    } catch (thrown) {
      // what asks no cluster works all the same: it may be what mends the contexts
      this.#targetFault = thrown
    }
  }

  /** Shows what `run` returns, once or again and again. */
  async #execute(): Promise<void> {
    try {
      await this.#prepare()
      const {watch} = this.globals
      if (watch === undefined || this.watchesItself) {
        const result = await this.run()
        await this.#host.show(result, this.presentation)
        await result.afterwards?.()
      } else {
        const {watchRows} = await import('./watch.js')
        const options = {everyMs: watch, presentation: this.presentation, env: this.env}
        await watchRows(() => this.#again(), {...options, signal: this.#host.interrupt})
      }
    } catch (thrown) {
      await this.#fail(thrown)
    } finally {
      this.#session?.end()
      if (this.#connections !== null) await this.#host.release(this.#connections)
    }
  }

  async #again(): Promise<Result<unknown>> {
    this.anew(this.interrupt)
    return this.run()
  }

  async #fail(thrown: unknown): Promise<void> {
    const cut = this.#session?.signal
    const cause = cut?.aborted === true && !knowsBetter(thrown, cut.reason) ? cut.reason : thrown
    const failure = failureOf(cause, this.words, {id: this.id, flags: Object.keys(this.#parameters.flags)})
    await this.#host.fail(failure, this.argv, this.words)
    if (this.argv.includes('--debug') && thrown instanceof Error) say(thrown.stack ?? '')
  }

  #begin(interrupt: AbortSignal): Session {
    if (this.#connections === null) throw this.#targetFault
    const {timeout = this.timeoutMs, 'node-timeout': nodeTimeout = nodeTimeoutMsDefault, verbose} = this.globals
    return new Session(this.#connections, {
      timeoutMs: timeout,
      nodeTimeoutMs: nodeTimeout,
      isDryRun: this.globals['dry-run'],
      stateDirectory: stateDirectory(this.#host.environment),
      interrupt,
      ...(verbose ? {onAsk: say} : {}),
    })
  }

  protected get presentation(): PresentOptions {
    const {output, json, quiet, columns, filter, sort, limit, color} = this.globals
    const format = json ? 'json' : quiet ? 'name' : (output?.format ?? this.formatDefault)
    return {
      format,
      path: output?.path ?? '',
      columns: columns ?? null,
      filter: filter ?? null,
      sort: sort ?? null,
      limit: limit ?? null,
      headers: !this.globals['no-headers'],
      truncate: !this.globals['no-truncate'],
      color: color === 'always' || color === 'never' ? color : 'auto',
      words: this.words,
    }
  }
}

/**
 * A call that was cut short tells less than why it was. But who waited until the time was up knows best what for, and a plan that
 * ended so says how to go on.
 */
function knowsBetter(thrown: unknown, reason: unknown): boolean {
  if (!(thrown instanceof CodedError)) return false
  const isForReason = thrown.errorName === toCodedError(reason).errorName && thrown.hint !== undefined
  return thrown.errorName === 'NOT_YET' || isForReason
}

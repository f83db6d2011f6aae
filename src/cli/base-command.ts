/**
 * What every command is built on. A command parses, calls one function of `admin`, and shows what it returns.
 *
 * - `run()` returns the rows that it shows, so that text, JSON and tests see the same value.
 * - Data goes to stdout, everything else to stderr.
 * - An error ends in `catch`: its words on stderr, or its envelope on stdout with `--json`; the same exit code either way.
 * - The session opens nothing before it is used, has one deadline for the whole command, and is closed at its end.
 * - Clients, prompts and table libraries are imported where they are used: a command that does not need them is quick.
 */
import {Command} from '@oclif/core/command'
import type {InferredArgs, InferredFlags} from '@oclif/core/interfaces'
import type {Listing} from '../admin/listing.js'
import {Session} from '../admin/session.js'
import type {Env} from '../env/env.js'
import {CodedError} from '../errors/coded-error.js'
import {exitCode} from '../errors/codes.js'
import {commandEnv} from './command-env.js'
import {successEnvelope} from './envelope.js'
import {failureOf, reportFailure} from './failure.js'
import {globalFlags, type OutputFormat, outputFormats} from './global-flags.js'
import {hasColors, say, write} from './output.js'
import type {View} from './view.js'

type FlagsOf<C> = C extends {flags: infer F} ? InferredFlags<F> : unknown
type ArgsOf<C> = C extends {args: infer A} ? InferredArgs<A> : unknown

export abstract class BaseCommand<C extends typeof Command> extends Command {
  static override baseFlags = globalFlags

  /** The command's own flags. */
  protected flags!: FlagsOf<C>
  /** Those that every command has. */
  protected globals!: InferredFlags<typeof globalFlags>
  protected args!: ArgsOf<C>
  protected env!: Env
  readonly #interrupt = new AbortController()
  #session: Session | null = null

  protected override async init(): Promise<void> {
    const {flags, args} = await this.parse(this.ctor)
    this.flags = flags as typeof this.flags
    this.globals = flags as typeof this.globals
    this.args = args as typeof this.args
    this.env = commandEnv({debug: this.globals.debug})
  }

  /** The cluster that the flags name. */
  protected get session(): Session {
    if (this.#session === null) {
      process.once('SIGINT', this.#cancel)
      this.#session = new Session(
        {
          conf: this.globals.conf ?? null,
          cluster: this.globals.cluster ?? null,
          etcd: this.globals.etcd ?? null,
          masters: this.globals.master ?? null,
          passwordFile: this.globals['password-file'] ?? null,
          timeoutMs: this.globals.timeout,
          interrupt: this.#interrupt.signal,
        },
        this.env,
      )
    }
    return this.#session
  }

  protected get format(): OutputFormat {
    if (this.globals.json) return 'json'
    if (this.globals.quiet) return 'name'
    return outputFormats.find((format) => format === this.globals.output) ?? 'table'
  }

  /** Shows rows in the format asked for and returns them. An incomplete answer ends with exit code 8. */
  protected async render<Row>(listing: Listing<Row>, view: View<Row>): Promise<readonly Row[]> {
    const {render, sortRows} = await import('./render.js')
    const {sort, limit, columns, 'no-headers': noHeaders} = this.globals
    const sorted = sort === undefined ? listing.rows : sortRows(listing.rows, view, sort)
    const rows = limit === undefined ? sorted : sorted.slice(0, limit)
    if (this.format === 'json') {
      await write(successEnvelope({...listing, rows}))
    } else {
      const options = {columns: columns ?? null, headers: !noHeaders, colors: hasColors(process.stdout)}
      await write(await render(rows, view, {...options, format: this.format}))
      this.#comment(listing, sorted.length - rows.length)
    }
    if (listing.problems.length > 0) process.exitCode = exitCode.partial
    return rows
  }

  #comment({rows, source, problems}: Listing<unknown>, hidden: number): void {
    const isForPeople = this.format === 'table' || this.format === 'wide'
    for (const problem of problems) say(`warning: ${problem}`)
    if (!isForPeople) return
    if (rows.length === 0) say('none')
    if (hidden > 0) say(`${hidden} more; --limit hides them`)
    if (source !== null) say(`source: ${source}`)
  }

  protected override async catch(thrown: unknown): Promise<void> {
    // a call that was cut short tells less than why it was
    const cause = this.#session?.signal.aborted ? this.#session.signal.reason : thrown
    const failure = failureOf(cause, Object.keys({...globalFlags, ...this.ctor.flags}))
    process.exitCode = failure.exit
    await reportFailure(failure, this.argv)
    if (this.argv.includes('--debug') && thrown instanceof Error) say(thrown.stack ?? '')
  }

  protected override async finally(): Promise<void> {
    process.removeListener('SIGINT', this.#cancel)
    await this.#session?.close()
  }

  readonly #cancel = () => this.#interrupt.abort(new CodedError('CANCELED', 'interrupted', {outcome: 'unknown'}))
}

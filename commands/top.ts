import {look, readyToLook} from '../src/admin/picture/look.js'
import type {ClusterPicture} from '../src/admin/picture/picture.js'
import {BaseCommand} from '../src/cli/base-command.js'
import type {OutputFormat} from '../src/cli/global-flags.js'
import {hasColors} from '../src/cli/output.js'
import {boolean} from '../src/cli/parameters/flags.js'
import {runTop} from '../src/cli/top/top.js'
import {paneRows, paneView} from '../src/cli/top/top-views.js'
import type {Result} from '../src/cli/view.js'

/** Of the screen, where `--watch` says nothing. */
const everyMsDefault = 2_000

export default class Top extends BaseCommand<typeof Top> {
  static override summary = 'Show the load of every partition server, as it says, on a screen that follows it.'
  static override description =
    `On a terminal: the state of the cluster, below it the servers or the partitions, looked at anew every 2 s or as --watch says. The age of what is shown stands beside it; where the cluster cannot be asked that is said, and what was seen last stays. Keys: n and p (or Tab) for servers and partitions, left and right for the column to order by, r for the other way round, arrows and pages to scroll, space to pause, ? for all of them, q to leave.

Elsewhere, with --output, --columns or --limit, and of a file or an old revision: a single look, and where no format is named a JSON line for each row; with --watch again and again, a line for each change.

STATE of a server: silent: its lease is alive and it does not answer. ghost: partitions name it, and no record does.`
  static override examples = [
    '<%= config.bin %> top',
    '<%= config.bin %> top --partitions --sort lag:desc --watch 5s',
    '<%= config.bin %> top --watch --filter \'state != "up"\' -o jsonl',
  ]
  static override flags = {
    partitions: boolean({description: 'begin with the partitions'}),
  }

  async run(): Promise<Result<unknown>> {
    const pane = this.flags.partitions ? 'partitions' : 'nodes'
    if (!this.#isLive) {
      const picture = await look(this.session)
      return {...paneRows(pane, picture), source: picture.metadata.place, warnings: []}
    }
    await this.session.whileAsking(() => readyToLook(this.session))
    const {sort, filter, color, words} = this.presentation
    await runTop({
      terminal: process,
      look: (signal) => this.#look(signal),
      everyMs: this.globals.watch ?? everyMsDefault,
      clock: this.env.clock,
      interrupt: this.interrupt,
      ...{pane, sort, filter, words},
      colors: hasColors(process.stdout, color),
      catalogue: await this.catalogue(),
    })
    return {rows: [], view: paneView(pane), source: null, warnings: [], isShown: true}
  }

  protected override get watchesItself(): boolean {
    return this.#isLive
  }

  protected override get formatDefault(): OutputFormat {
    return process.stdout.isTTY === true ? 'table' : 'jsonl'
  }

  get #isLive(): boolean {
    const {output, json, quiet, columns, limit} = this.globals
    const isForPrograms = json || quiet || [output, columns, limit].some((each) => each !== undefined)
    return this.hasScreen && !isForPrograms && this.session.isLive
  }

  async #look(signal: AbortSignal): Promise<ClusterPicture> {
    const session = this.anew(signal)
    try {
      return await look(session)
    } catch (thrown) {
      // one that was cut short tells less than why it was
      throw session.signal.aborted ? session.signal.reason : thrown
    }
  }
}

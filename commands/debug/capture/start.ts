import type {CaptureRow} from '../../../src/admin/debug/capture/captures.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {byteSize} from '../../../src/cli/byte-size-flag.js'
import {captureView} from '../../../src/cli/capture-view.js'
import {duration} from '../../../src/cli/duration-flag.js'
import {string} from '../../../src/cli/parameters/args.js'
import {boolean} from '../../../src/cli/parameters/flags.js'
import {redactFlag, redactionOf} from '../../../src/cli/redact-flag.js'
import {StopSignals} from '../../../src/cli/stop-signals.js'
import {type Result, shown} from '../../../src/cli/view.js'
import {CodedError} from '../../../src/errors/coded-error.js'

const everyMsDefault = 5_000
const everyMsMin = 100
const forMsDefault = 30 * 60_000
const sizeMaxDefault = 64_000_000
/** Its first line is read as one text. */
const sizeMaxMax = 256_000_000
/** Beyond the time for the first look, for a program to start. */
const startMs = 20_000

export default class DebugCaptureStart extends BaseCommand<typeof DebugCaptureStart> {
  static override summary = 'Look at the cluster again and again from now on, for a fault that comes and goes.'
  static override description =
    `A process in the background keeps what changes from look to look, what vearchctl events tells meanwhile, and the figures of vearchctl node stats. It ends when it is stopped, when its time is over, or when the file would be larger than allowed; then there is a debug bundle. A look that fails, or takes longer than --timeout, is kept as that, and the next one is tried. Passwords, configuration files and documents are left out, as in any bundle.

Every command that looks reads the bundle with --snapshot FILE as the cluster was at the end, and with --at as it was at the last look before; vearchctl events --snapshot FILE tells its events.`
  static override examples = [
    '<%= config.bin %> debug capture start',
    '<%= config.bin %> debug capture start night.jsonl --every 30s --for 8h --size-limit 200MB',
    '<%= config.bin %> debug capture stop',
    '<%= config.bin %> doctor --snapshot night.jsonl --at 03:12',
  ]
  static override flags = {
    every: duration({description: 'time between two looks, 5s if not said', helpValue: '5s'}),
    for: duration({description: 'time for all of them, 30m if not said', helpValue: '30m'}),
    redact: redactFlag,
    'size-limit': byteSize({description: 'end before the bundle is larger than this, 64MB if not said'}),
    foreground: boolean({description: 'in this process, until it is interrupted'}),
  }
  static override args = {file: string({description: 'where to; a name with the time in it if absent'})}

  async run(): Promise<Result<CaptureRow>> {
    const {
      every: everyMs = everyMsDefault,
      for: forMs = forMsDefault,
      'size-limit': sizeMax = sizeMaxDefault,
    } = this.flags
    if (everyMs < everyMsMin || sizeMax > sizeMaxMax) {
      throw new CodedError('USAGE', 'the looks are too close, or the bundle is too large', {
        hint: `--every ${everyMsMin}ms at least, --size-limit ${sizeMaxMax / 1_000_000}MB at most`,
      })
    }
    this.sayIfOnlyPlanned()
    if (this.globals['dry-run']) return shown({rows: [], source: null, warnings: []}, captureView)
    const row = this.flags.foreground ? await this.#capture({everyMs, forMs, sizeMax}) : await this.#leaveToAnother()
    return shown({rows: [row], source: null, warnings: []}, captureView)
  }

  async #capture(bounds: {everyMs: number; forMs: number; sizeMax: number}): Promise<CaptureRow> {
    const [{runCapture}, {tellFailure, tellReady}] = await Promise.all([
      import('../../../src/admin/debug/capture/run-capture.js'),
      import('../../../src/admin/nodes/start-detached.js'),
    ])
    const signals = new StopSignals()
    signals.whenStarted()
    const ending = new AbortController()
    void signals.first.then(() => ending.abort())
    try {
      const catalogue = await this.catalogue()
      return await this.session.whileAsking(() =>
        runCapture(this.session, {
          path: this.args.file ?? null,
          ...bounds,
          redaction: redactionOf(this.flags.redact),
          catalogue,
          signal: AbortSignal.any([ending.signal, this.interrupt]),
          onReady: (row) => tellReady(process.env, row),
        }),
      )
    } catch (thrown) {
      tellFailure(process.env, thrown)
      throw thrown
    } finally {
      signals.release()
    }
  }

  async #leaveToAnother(): Promise<CaptureRow> {
    const {startInBackground} = await import('../../../src/admin/nodes/start-detached.js')
    const words = ['debug', 'capture', 'start', ...this.argv, '--foreground']
    const waitMs = (this.globals.timeout ?? this.timeoutMs) + startMs
    return startInBackground<CaptureRow>(this.env, {words, output: null, waitMs}, this.interrupt)
  }
}

import {type CaptureRow, rowOf} from '../../../src/admin/debug/capture/captures.js'
import {captureToStop, stopCapture} from '../../../src/admin/debug/capture/stop-capture.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {captureView} from '../../../src/cli/capture-view.js'
import {string} from '../../../src/cli/parameters/args.js'
import {type Result, shown} from '../../../src/cli/view.js'

export default class DebugCaptureStop extends BaseCommand<typeof DebugCaptureStop> {
  static override summary = 'End a capture, and say which file its bundle is.'
  static override description =
    'Of a capture whose process was killed, the bundle is made now, of the looks that it had written down.'
  static override examples = ['<%= config.bin %> debug capture stop', '<%= config.bin %> debug capture stop c1a2b3c4']
  static override args = {id: string({description: 'the capture; the only one if absent'})}

  async run(): Promise<Result<CaptureRow>> {
    this.sayIfOnlyPlanned()
    const capture = await captureToStop(this.session, this.args.id ?? null)
    const row = this.globals['dry-run'] ? await rowOf(this.env.disk, capture) : await stopCapture(this.session, capture)
    return shown({rows: [row], source: null, warnings: []}, captureView)
  }
}

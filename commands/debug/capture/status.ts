import {type CaptureRow, Captures} from '../../../src/admin/debug/capture/captures.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {captureView} from '../../../src/cli/capture-view.js'
import {type Result, shown} from '../../../src/cli/view.js'

export default class DebugCaptureStatus extends BaseCommand<typeof DebugCaptureStatus> {
  static override summary = 'List the captures of this machine: those under way, and the last that ended.'
  static override description =
    'What is cut off was killed before it made its bundle: vearchctl debug capture stop makes it.'
  static override examples = ['<%= config.bin %> debug capture status']

  async run(): Promise<Result<CaptureRow>> {
    const rows = await (await Captures.of(this.session)).list()
    return shown({rows, source: null, warnings: []}, captureView)
  }
}

import {type CapturedLook, capturedLooks} from '../../../src/admin/debug/capture/captured-timeline.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {capturedLookView} from '../../../src/cli/capture-view.js'
import {string} from '../../../src/cli/parameters/args.js'
import {type Result, shown} from '../../../src/cli/view.js'

export default class DebugCaptureShow extends BaseCommand<typeof DebugCaptureShow> {
  static override summary = 'Show look by look how well the cluster was while it was captured.'
  static override description =
    'Any of them can be looked into: name the file with --snapshot and the time with --at, for instance with vearchctl doctor or vearchctl node stats.'
  static override examples = [
    '<%= config.bin %> debug capture show night.jsonl',
    `<%= config.bin %> debug capture show night.jsonl --filter 'health != "OK"'`,
  ]
  static override args = {file: string({description: 'the bundle of a capture', required: true})}

  async run(): Promise<Result<CapturedLook>> {
    const rows = await capturedLooks(this.session, this.args.file)
    return shown({rows, source: this.args.file, warnings: []}, capturedLookView(await this.catalogue()))
  }
}

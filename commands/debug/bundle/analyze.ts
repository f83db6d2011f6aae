import {bundledPicture} from '../../../src/admin/debug/bundle.js'
import {examinationExit, examine} from '../../../src/admin/doctor/doctor.js'
import type {Finding} from '../../../src/admin/doctor/finding.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {findingView, gapLines} from '../../../src/cli/finding-view.js'
import {string} from '../../../src/cli/parameters/args.js'
import type {Result} from '../../../src/cli/view.js'
import {CodedError} from '../../../src/errors/coded-error.js'
import {exitNameOf} from '../../../src/errors/codes.js'

export default class DebugBundleAnalyze extends BaseCommand<typeof DebugBundleAnalyze> {
  static override summary = 'Look for what was wrong when a bundle was made.'
  static override description = 'The same as vearchctl doctor --snapshot FILE.'
  static override examples = ['<%= config.bin %> debug bundle analyze prod.jsonl']
  static override args = {file: string({description: 'the bundle', required: true})}

  async run(): Promise<Result<Finding>> {
    const picture = await bundledPicture(this.session, this.args.file)
    if (picture === null) {
      throw new CodedError('PARAM_ERROR', `${this.args.file} is no bundle`, {
        hint: `for a backup or an etcd snapshot: vearchctl doctor --snapshot ${this.args.file}`,
      })
    }
    const examination = examine(picture)
    return {
      rows: examination.findings,
      source: `${picture.metadata.place}, revision ${picture.metadata.revision}`,
      warnings: gapLines(examination),
      view: findingView(await this.catalogue()),
      exit: exitNameOf(examinationExit(examination)),
    }
  }
}

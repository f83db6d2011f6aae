import type {Check} from '../../src/admin/doctor/check.js'
import {checkOf} from '../../src/admin/doctor/doctor.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {checkView, explainedCheck} from '../../src/cli/finding-view.js'
import {string} from '../../src/cli/parameters/args.js'
import type {Result} from '../../src/cli/view.js'

export default class DoctorExplain extends BaseCommand<typeof DoctorExplain> {
  static override summary = 'Explain a check: what it compares, and what its findings mean.'
  static override examples = ['<%= config.bin %> doctor explain VC104']
  static override args = {code: string({description: 'the check', required: true})}

  async run(): Promise<Result<Check>> {
    const catalogue = await this.catalogue()
    const check = checkOf(this.args.code)
    const text = explainedCheck(check, catalogue)
    return {rows: [check], source: null, warnings: [], view: checkView(catalogue), text}
  }
}

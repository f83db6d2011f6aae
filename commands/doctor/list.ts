import {catalogue as checks} from '../../src/admin/doctor/catalogue.js'
import type {Check} from '../../src/admin/doctor/check.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {checkView} from '../../src/cli/finding-view.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class DoctorList extends BaseCommand<typeof DoctorList> {
  static override summary = 'List the checks.'
  static override description = 'REPAIR says for which of them vearchctl repair can make a plan.'
  static override examples = ['<%= config.bin %> doctor list', '<%= config.bin %> doctor list -o wide']

  async run(): Promise<Result<Check>> {
    return shown({rows: checks, source: null, warnings: []}, checkView(await this.catalogue()))
  }
}

import {type MasterLine, mastersOnDuty} from '../../src/admin/masters/master-line.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {masterDutyView} from '../../src/cli/process-view.js'
import {type Result, shown} from '../../src/cli/view.js'
import {sourceOf} from '../../src/meta/reading.js'

export default class MasterLeader extends BaseCommand<typeof MasterLeader> {
  static override summary = 'Show which master does what only one does at a time.'
  static override description =
    'Masters are equals: any of them answers any request. Only background duties belong to one, under a lease. A real Vearch has no such records.'
  static override examples = ['<%= config.bin %> master leader']

  async run(): Promise<Result<MasterLine>> {
    const meta = await this.session.reading()
    const rows = await mastersOnDuty(meta)
    return shown({rows, source: sourceOf(meta), warnings: []}, masterDutyView)
  }
}

import {planJournal} from '../../src/admin/plan/apply-plan.js'
import type {PlanHistory} from '../../src/admin/plan/plan-journal.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {planHistoryView} from '../../src/cli/step-view.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class PlanList extends BaseCommand<typeof PlanList> {
  static override summary = 'List the plans that were made here for this cluster, oldest first.'
  static override description = 'Plans are kept on this machine, a file each, with what became of every step.'
  static override examples = [
    '<%= config.bin %> plan list',
    '<%= config.bin %> plan list --filter \'state == "failed"\'',
  ]

  async run(): Promise<Result<PlanHistory>> {
    const rows = await (await planJournal(this.session)).list()
    return shown({rows, source: null, warnings: []}, planHistoryView)
  }
}

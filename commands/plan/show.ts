import {findPlan} from '../../src/admin/plan/find-plan.js'
import type {PlanHistory} from '../../src/admin/plan/plan-journal.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {string} from '../../src/cli/parameters/args.js'
import {planHistoryView, planText} from '../../src/cli/step-view.js'
import type {Result} from '../../src/cli/view.js'

export default class PlanShow extends BaseCommand<typeof PlanShow> {
  static override summary = 'Show a plan: its steps, which of them are done, and what failed.'
  static override description = 'With --json the whole plan, which somebody else can review and apply from a file.'
  static override examples = [
    '<%= config.bin %> plan show p1f3a9c2b07',
    '<%= config.bin %> plan show p1f3a9c2b07 --json',
  ]
  static override args = {plan: string({description: 'its id, or a file that holds one', required: true})}

  async run(): Promise<Result<PlanHistory>> {
    const history = await findPlan(this.session, this.args.plan)
    const text = planText(history, await this.catalogue())
    return {rows: [history], source: null, warnings: [], view: planHistoryView, text}
  }
}

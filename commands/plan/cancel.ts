import {proposal} from '../../src/admin/changes/proposal.js'
import {cancelPlan} from '../../src/admin/plan/cancel-plan.js'
import {findPlan} from '../../src/admin/plan/find-plan.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {string} from '../../src/cli/parameters/args.js'
import {planHistoryView} from '../../src/cli/step-view.js'
import {shown} from '../../src/cli/view.js'

export default class PlanCancel extends BaseCommand<typeof PlanCancel> {
  static override summary = 'Give a plan up where it is.'
  static override description =
    'A move that the masters have begun for it goes back if it still can. What is done stays done; vearchctl plan resume takes it up again.'
  static override examples = ['<%= config.bin %> plan cancel p1f3a9c2b07']
  static override args = {plan: string({description: 'its id', required: true})}

  async run() {
    const history = await findPlan(this.session, this.args.plan)
    const {id, action} = history.plan
    const step = {
      step: `cancel ${action} after ${history.done} of ${history.plan.steps.length} steps`,
      subject: id,
      before: null,
      after: null,
    }
    return this.carryOut(proposal(`plan cancel ${id}`, [step], {needsApproval: false}), async (writer) =>
      shown({rows: [await cancelPlan(this.session, writer, history)], source: null, warnings: []}, planHistoryView),
    )
  }
}

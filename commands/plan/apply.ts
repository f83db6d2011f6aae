import {findPlan} from '../../src/admin/plan/find-plan.js'
import {string} from '../../src/cli/parameters/args.js'
import {PlanCommand, runFlags} from '../../src/cli/plan-command.js'

export default class PlanApply extends PlanCommand<typeof PlanApply> {
  static override summary = 'Carry out a plan that was made before.'
  static override description =
    'Refused, and nothing done, if a record that the plan touches has changed since; a server that it names and that came, went or was cordoned meanwhile is told, before the question and after it. A step that fails ends it, always: those after it were planned on what it would have done. vearchctl plan resume goes on, also after --step and --stop-on-error.'
  static override examples = [
    '<%= config.bin %> plan apply p1f3a9c2b07',
    '<%= config.bin %> plan apply drain.json --yes',
    '<%= config.bin %> plan apply p1f3a9c2b07 --step 1',
    '<%= config.bin %> plan apply p1f3a9c2b07 --stop-on-error',
  ]
  static override args = {plan: string({description: 'its id, or a file that holds one', required: true})}
  static override flags = runFlags

  async run() {
    const {plan, done} = await findPlan(this.session, this.args.plan)
    return this.carryOutPlan(plan, {done, ...this.runOptions(this.flags)})
  }
}

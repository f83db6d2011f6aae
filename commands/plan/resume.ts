import {findPlan} from '../../src/admin/plan/find-plan.js'
import {string} from '../../src/cli/parameters/args.js'
import {PlanCommand, runFlags} from '../../src/cli/plan-command.js'
import {CodedError} from '../../src/errors/coded-error.js'

export default class PlanResume extends PlanCommand<typeof PlanResume> {
  static override summary = 'Go on with a plan that failed, was paused, cancelled or interrupted.'
  static override description =
    'From the first step that is not done. A step that may have happened is looked for in the cluster before it is taken again.'
  static override examples = [
    '<%= config.bin %> plan resume p1f3a9c2b07',
    '<%= config.bin %> plan resume p1f3a9c2b07 --step 1',
  ]
  static override args = {plan: string({description: 'its id', required: true})}
  static override flags = runFlags

  async run() {
    const {plan, done, state} = await findPlan(this.session, this.args.plan)
    if (state === 'new' || state === 'applied') {
      const hint = state === 'new' ? `vearchctl plan apply ${plan.id}` : 'nothing is left to do'
      throw new CodedError('GUARD_FAILED', `plan ${plan.id} is ${state}`, {hint})
    }
    return this.carryOutPlan(plan, {done, ...this.runOptions(this.flags)})
  }
}

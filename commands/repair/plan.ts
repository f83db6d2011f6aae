import {readFindings} from '../../src/admin/plan/plan-file.js'
import {planRepairs} from '../../src/admin/plan/repair.js'
import {string} from '../../src/cli/parameters/flags.js'
import {PlanCommand} from '../../src/cli/plan-command.js'

export default class RepairPlan extends PlanCommand<typeof RepairPlan> {
  static override summary = 'Repair all that the doctor has found and that can be repaired, by one plan.'
  static override description =
    'From the findings as vearchctl doctor --json has written them; take out those that are to stay. What is not found any more, and what a person must decide, is left out and said.'
  static override examples = ['<%= config.bin %> repair plan --from doctor.json --dry-run']
  static override flags = {
    from: string({description: 'a file that doctor --json has written', required: true, helpValue: 'FILE'}),
  }

  async run() {
    const {from} = this.flags
    const wanted = await readFindings(this.env.disk, from)
    return this.propose((picture) =>
      planRepairs(picture, wanted, {action: `repair plan --from ${from}`, force: this.forced}),
    )
  }
}

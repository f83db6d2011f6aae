import {planRepair} from '../../src/admin/plan/repair.js'
import {string} from '../../src/cli/parameters/args.js'
import {PlanCommand} from '../../src/cli/plan-command.js'

export default class Repair extends PlanCommand<typeof Repair> {
  static override summary = 'Repair what a check of the doctor finds, by a plan.'
  static override description =
    'Only what follows from the facts: where a person must choose, it says what to look at. vearchctl doctor list says which codes can be repaired.'
  static override examples = [
    '<%= config.bin %> repair VC111 --dry-run',
    "<%= config.bin %> repair VC104 'partition 3'",
  ]
  static override args = {
    code: string({description: 'the check', required: true}),
    subject: string({description: 'one subject of its findings; all of them if absent'}),
  }

  run() {
    const {code, subject = null} = this.args
    return this.propose((picture) => planRepair(picture, code, subject, {force: this.forced}))
  }
}

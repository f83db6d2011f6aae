import {planReplace} from '../../src/admin/plan/node-plans.js'
import {integer} from '../../src/cli/parameters/args.js'
import {string} from '../../src/cli/parameters/flags.js'
import {PlanCommand} from '../../src/cli/plan-command.js'
import {nodeId} from '../../src/entity/ids.js'

export default class NodeReplace extends PlanCommand<typeof NodeReplace> {
  static override summary = 'Give all that one server has to another.'
  static override description =
    'Servers are named by their ids, never by address: an address may be both’s. Works for one that failed and for one that is alive.'
  static override examples = ['<%= config.bin %> node replace 4 7 --dry-run']
  static override args = {
    old: integer({description: 'the server that goes', required: true, min: 1}),
    new: integer({description: 'the server that takes over', required: true, min: 1}),
  }
  static override flags = {by: string({description: 'how servers are named', options: ['id'], default: 'id'})}

  run() {
    const {old, new: heir} = this.args
    return this.propose((picture) => planReplace(picture, nodeId(old), nodeId(heir), {force: this.forced}))
  }
}

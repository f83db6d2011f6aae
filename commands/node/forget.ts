import {planForget} from '../../src/admin/plan/node-plans.js'
import {integer} from '../../src/cli/parameters/args.js'
import {PlanCommand} from '../../src/cli/plan-command.js'
import {nodeId} from '../../src/entity/ids.js'

export default class NodeForget extends PlanCommand<typeof NodeForget> {
  static override summary = 'Drop the record of a server’s failure.'
  static override description =
    'Refused while partitions still count on it: vearchctl node recover moves them first. A server that comes back registers again by itself.'
  static override examples = ['<%= config.bin %> node forget 4']
  static override args = {id: integer({description: 'the server that failed', required: true, min: 1})}

  run() {
    return this.propose((picture) => planForget(picture, nodeId(this.args.id), {force: this.forced}))
  }
}

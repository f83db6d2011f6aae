import {planRecover} from '../../src/admin/plan/node-plans.js'
import {integer} from '../../src/cli/parameters/args.js'
import {integer as number} from '../../src/cli/parameters/flags.js'
import {PlanCommand} from '../../src/cli/plan-command.js'
import {nodeId} from '../../src/entity/ids.js'

export default class NodeRecover extends PlanCommand<typeof NodeRecover> {
  static override summary = 'Make the replicas of a server that is down anew elsewhere.'
  static override description =
    'Each partition needs a majority of its replicas alive; those that have none are named. At the end the record of the failure goes.'
  static override examples = ['<%= config.bin %> node recover 4 --dry-run', '<%= config.bin %> node recover 4 --to 7']
  static override args = {id: integer({description: 'the server that is down', required: true, min: 1})}
  static override flags = {
    to: number({description: 'all to this server; by placement if absent', min: 1, helpValue: 'NODE'}),
  }

  run() {
    const {to} = this.flags
    const target = to === undefined ? null : nodeId(to)
    return this.propose((picture) => planRecover(picture, nodeId(this.args.id), {to: target, force: this.forced}))
  }
}

import {planDecommission} from '../../../src/admin/plan/node-plans.js'
import {integer} from '../../../src/cli/parameters/args.js'
import {boolean, integer as number} from '../../../src/cli/parameters/flags.js'
import {PlanCommand} from '../../../src/cli/plan-command.js'
import {nodeId} from '../../../src/entity/ids.js'

export default class NodeDecommission extends PlanCommand<typeof NodeDecommission> {
  static override summary = 'Empty a server that goes for good.'
  static override description =
    'Each replica is made elsewhere, catches up, and only then leaves; then the record of the server’s failure goes, if there is one. Stop the server afterwards.'
  static override examples = [
    '<%= config.bin %> node decommission 4 --dry-run',
    '<%= config.bin %> node decommission 4 --target 7 --yes',
  ]
  static override args = {id: integer({description: 'the server', required: true, min: 1})}
  static override flags = {
    target: number({description: 'all to this server; by placement if absent', min: 1, helpValue: 'NODE'}),
    wait: boolean({description: 'until it is done, as without --detach', exclusive: ['detach']}),
    detach: boolean({
      description: 'leave it to a process in the background; node decommission status tells how far it is',
    }),
  }

  run() {
    const {target, detach: isDetached} = this.flags
    const to = target === undefined ? null : nodeId(target)
    return this.propose((picture) => planDecommission(picture, nodeId(this.args.id), {to, force: this.forced}), {
      isDetached,
    })
  }
}

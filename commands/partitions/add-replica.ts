import {planAddReplica} from '../../src/admin/plan/replica-plans.js'
import {integer} from '../../src/cli/parameters/args.js'
import {integer as number} from '../../src/cli/parameters/flags.js'
import {PlanCommand} from '../../src/cli/plan-command.js'
import {nodeId, partitionId} from '../../src/entity/ids.js'

export default class PartitionsAddReplica extends PlanCommand<typeof PartitionsAddReplica> {
  static override summary = 'Give a partition one more replica.'
  static override description = 'Without --to it goes where placement would put it.'
  static override examples = [
    '<%= config.bin %> partitions add-replica 3',
    '<%= config.bin %> partitions add-replica 3 --to 4 --force anti-affinity',
  ]
  static override args = {id: integer({description: 'the partition', required: true, min: 1})}
  static override flags = {to: number({description: 'the server that gets it', min: 1, helpValue: 'NODE'})}

  run() {
    const {to} = this.flags
    const target = to === undefined ? null : nodeId(to)
    return this.propose((picture) => planAddReplica(picture, partitionId(this.args.id), target, {force: this.forced}))
  }
}

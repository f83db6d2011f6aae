import {planRemoveReplica} from '../../src/admin/plan/replica-plans.js'
import {integer} from '../../src/cli/parameters/args.js'
import {integer as number} from '../../src/cli/parameters/flags.js'
import {PlanCommand} from '../../src/cli/plan-command.js'
import {nodeId, partitionId} from '../../src/entity/ids.js'

export default class PartitionsRemoveReplica extends PlanCommand<typeof PartitionsRemoveReplica> {
  static override summary = 'Take one replica of a partition away.'
  static override description =
    'If it leads, leadership goes to another first. Refused for the last replica, and where those that stay would have no majority alive.'
  static override examples = ['<%= config.bin %> partitions remove-replica 3 --from 4']
  static override args = {id: integer({description: 'the partition', required: true, min: 1})}
  static override flags = {
    from: number({description: 'the server that loses it', required: true, min: 1, helpValue: 'NODE'}),
  }

  run() {
    const from = nodeId(this.flags.from)
    return this.propose((picture) => planRemoveReplica(picture, partitionId(this.args.id), from, {force: this.forced}))
  }
}

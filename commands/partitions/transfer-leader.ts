import {planDrain} from '../../src/admin/plan/node-plans.js'
import {planTransfer} from '../../src/admin/plan/replica-plans.js'
import {integer} from '../../src/cli/parameters/args.js'
import {integer as number} from '../../src/cli/parameters/flags.js'
import {PlanCommand} from '../../src/cli/plan-command.js'
import {nodeId, partitionId} from '../../src/entity/ids.js'
import {CodedError} from '../../src/errors/coded-error.js'

export default class PartitionsTransferLeader extends PlanCommand<typeof PartitionsTransferLeader> {
  static override aliases = ['leaders:transfer']
  static override summary = 'Let another replica lead.'
  static override description =
    'Without --to the replica whose server leads least. With --from instead of a partition, all that a server leads. Needs masters of our kind.'
  static override examples = [
    '<%= config.bin %> partitions transfer-leader 3 --to 2',
    '<%= config.bin %> partitions transfer-leader --from 4',
  ]
  static override args = {id: integer({description: 'the partition', min: 1})}
  static override flags = {
    to: number({description: 'the server that is to lead', min: 1, helpValue: 'NODE'}),
    from: number({description: 'all that this server leads', min: 1, helpValue: 'NODE', exclusive: ['to']}),
  }

  run() {
    const {to, from} = this.flags
    const {id} = this.args
    if ((id === undefined) === (from === undefined)) {
      throw new CodedError('USAGE', 'name a partition, or a server with --from', {hint: 'partitions transfer-leader 3'})
    }
    return this.propose((picture) =>
      id === undefined
        ? planDrain(picture, nodeId(from ?? 0), {leadersOnly: true})
        : planTransfer(picture, partitionId(id), to === undefined ? null : nodeId(to)),
    )
  }
}

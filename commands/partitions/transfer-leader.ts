import {planTransferFrom} from '../../src/admin/plan/node-plans.js'
import {planTransfer} from '../../src/admin/plan/replica-plans.js'
import {integer} from '../../src/cli/parameters/args.js'
import {boolean, integer as number} from '../../src/cli/parameters/flags.js'
import {PlanCommand} from '../../src/cli/plan-command.js'
import {nodeId, partitionId} from '../../src/entity/ids.js'
import {CodedError} from '../../src/errors/coded-error.js'

export default class PartitionsTransferLeader extends PlanCommand<typeof PartitionsTransferLeader> {
  static override aliases = ['leaders:transfer']
  static override summary = 'Let another replica lead.'
  static override description =
    'Without --to the replica whose server leads least. With --from instead of a partition, all that a server leads, or --max of them. Needs masters of our kind.'
  static override examples = [
    '<%= config.bin %> partitions transfer-leader 3 --to 2',
    '<%= config.bin %> partitions transfer-leader --all --from 4',
    '<%= config.bin %> partitions transfer-leader --from 4 --to 2 --max 10',
  ]
  static override args = {id: integer({description: 'the partition', min: 1})}
  static override flags = {
    to: number({description: 'the server that is to lead', min: 1, helpValue: 'NODE'}),
    from: number({description: 'all that this server leads', min: 1, helpValue: 'NODE'}),
    all: boolean({description: 'the same as --from without --max', dependsOn: ['from'], exclusive: ['max']}),
    max: number({description: 'no more than so many', min: 1, helpValue: 'N', dependsOn: ['from']}),
  }

  run() {
    const {to, from, max = null} = this.flags
    const {id} = this.args
    const heir = to === undefined ? null : nodeId(to)
    if (id !== undefined && from === undefined) {
      return this.propose((picture) => planTransfer(picture, partitionId(id), heir))
    }
    if (id === undefined && from !== undefined) {
      return this.propose((picture) => planTransferFrom(picture, nodeId(from), {to: heir, max}))
    }
    throw new CodedError('USAGE', 'name a partition, or a server with --from', {hint: 'partitions transfer-leader 3'})
  }
}

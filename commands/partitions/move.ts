import {planMove} from '../../src/admin/plan/replica-plans.js'
import {byteSize} from '../../src/cli/byte-size-flag.js'
import {integer} from '../../src/cli/parameters/args.js'
import {boolean, integer as number} from '../../src/cli/parameters/flags.js'
import {PlanCommand} from '../../src/cli/plan-command.js'
import {nodeId, partitionId} from '../../src/entity/ids.js'

export default class PartitionsMove extends PlanCommand<typeof PartitionsMove> {
  static override summary = 'Move a replica from one server to another.'
  static override description =
    `A new replica is made, catches up, takes over leadership where the old one led, and only then does the old one leave. Without --to it goes where placement would put it. Needs masters of our kind.

With --rate the new server fetches the copy no faster. What was written since it was made comes by the log, as always. A copy that is not there after 10 minutes begins anew with the newest, so the rate should be no less than a 600th of the partition’s bytes.`
  static override examples = [
    '<%= config.bin %> partitions move 3 --from 1 --to 4 --dry-run',
    '<%= config.bin %> partitions move 3 --from 1 --yes',
    '<%= config.bin %> partitions move 3 --from 1 --to 4 --rate 20MB --timeout 30m',
  ]
  static override args = {id: integer({description: 'the partition', required: true, min: 1})}
  static override flags = {
    from: number({description: 'the server that it leaves', required: true, min: 1, helpValue: 'NODE'}),
    to: number({description: 'the server that gets it', min: 1, helpValue: 'NODE'}),
    wait: boolean({description: 'until it is done, as it always does'}),
    rate: byteSize({description: 'bytes a second in which the copy may come'}),
  }

  run() {
    const {from, to, rate} = this.flags
    const seats = {from: nodeId(from), to: to === undefined ? null : nodeId(to), rate}
    return this.propose((picture) => planMove(picture, partitionId(this.args.id), seats, {force: this.forced}))
  }
}

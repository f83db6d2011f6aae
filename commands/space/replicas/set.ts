import {setReplicas} from '../../../src/admin/entities/requests.js'
import {showSpace} from '../../../src/admin/entities/space-row.js'
import {integer, string} from '../../../src/cli/parameters/args.js'
import {RequestCommand} from '../../../src/cli/request-command.js'
import type {Result} from '../../../src/cli/view.js'

export default class SpaceReplicasSet extends RequestCommand<typeof SpaceReplicasSet> {
  static override summary = 'Have the masters give every partition of a space this many replicas.'
  static override description =
    'One step for each replica more or less, and each waits until all partitions have it: give it time with --timeout.'
  static override examples = ['<%= config.bin %> space replicas set web/images 3 --timeout 10m']
  static override args = {
    space: string({description: 'DB/SPACE', required: true}),
    count: integer({description: 'replicas of each partition', min: 1, max: 255, required: true}),
  }

  async run(): Promise<Result<unknown>> {
    const {rows} = await showSpace(await this.session.reading(), this.args.space)
    return this.ask(...rows.flatMap((row) => setReplicas(row, this.args.count)))
  }
}

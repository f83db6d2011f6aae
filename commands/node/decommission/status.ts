import {decommissionStatus, type LeavingReplica} from '../../../src/admin/nodes/decommission-status.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {leavingView} from '../../../src/cli/leaving-view.js'
import {integer} from '../../../src/cli/parameters/args.js'
import {type Result, shown} from '../../../src/cli/view.js'
import {nodeId} from '../../../src/entity/ids.js'

export default class NodeDecommissionStatus extends BaseCommand<typeof NodeDecommissionStatus> {
  static override summary = 'Show what a server still has, and what each move waits for.'
  static override description =
    'Nothing is listed when the server is empty. STATE stays: nobody is moving that replica.'
  static override examples = ['<%= config.bin %> node decommission status 4 --watch']
  static override args = {id: integer({description: 'the server', required: true, min: 1})}

  async run(): Promise<Result<LeavingReplica>> {
    const rows = await decommissionStatus(this.session, nodeId(this.args.id))
    return shown({rows, source: null, warnings: []}, leavingView)
  }
}

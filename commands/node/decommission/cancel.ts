import {proposal} from '../../../src/admin/changes/proposal.js'
import {changesLeaving} from '../../../src/admin/nodes/decommission-status.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {cancelledView} from '../../../src/cli/leaving-view.js'
import {integer} from '../../../src/cli/parameters/args.js'
import {shown} from '../../../src/cli/view.js'
import {nodeId} from '../../../src/entity/ids.js'

export default class NodeDecommissionCancel extends BaseCommand<typeof NodeDecommissionCancel> {
  static override summary = 'Take back the moves off a server that are under way.'
  static override description =
    'A newcomer that does not vote yet goes again; one that does stays, and its move ends. The plan is given up with vearchctl plan cancel.'
  static override examples = ['<%= config.bin %> node decommission cancel 4']
  static override args = {id: integer({description: 'the server', required: true, min: 1})}

  async run() {
    const {session} = this
    const action = `node decommission cancel ${this.args.id}`
    const partitions = await changesLeaving(session, nodeId(this.args.id))
    const pathOf = (id: number) => `/schedule/replica_changes/${id}`
    const steps = partitions.map((id) => ({
      step: `take back the move of partition ${id}`,
      subject: pathOf(id),
      before: null,
      after: null,
    }))
    return this.carryOut(proposal(action, steps, {needsApproval: steps.length > 0}), async (writer) => {
      const masters = await session.masters()
      for (const id of partitions) {
        await writer.request({action, request: `DELETE ${pathOf(id)}`}, () => masters.call('DELETE', pathOf(id)))
      }
      return shown({rows: partitions.map((partition) => ({partition})), source: null, warnings: []}, cancelledView)
    })
  }
}

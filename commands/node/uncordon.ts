import {uncordon} from '../../src/admin/nodes/cordon.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {cordonView} from '../../src/cli/node-card-view.js'
import {integer} from '../../src/cli/parameters/args.js'
import {shown} from '../../src/cli/view.js'
import {nodeId} from '../../src/entity/ids.js'

export default class NodeUncordon extends BaseCommand<typeof NodeUncordon> {
  static override summary = 'Let a cordoned server get replicas again.'
  static override examples = ['<%= config.bin %> node uncordon 4']
  static override args = {id: integer({description: 'the server', required: true, min: 1})}

  async run() {
    const change = await uncordon(await this.session.reading(), nodeId(this.args.id))
    return this.carryOut(change.plan, async (writer) => {
      await change.apply(writer)
      return shown({rows: [change.row], source: null, warnings: []}, cordonView)
    })
  }
}

import {cordon} from '../../src/admin/nodes/cordon.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {cordonView} from '../../src/cli/node-card-view.js'
import {integer} from '../../src/cli/parameters/args.js'
import {string} from '../../src/cli/parameters/flags.js'
import {shown} from '../../src/cli/view.js'
import {nodeId} from '../../src/entity/ids.js'

export default class NodeCordon extends BaseCommand<typeof NodeCordon> {
  static override summary = 'Let a server get no new replicas; those that it has stay.'
  static override description =
    'Placement of new spaces, recovery, rebalancing and moves pass it over until vearchctl node uncordon. Needs masters of our kind.'
  static override examples = ['<%= config.bin %> node cordon 4 --reason "disk is being replaced"']
  static override args = {id: integer({description: 'the server', required: true, min: 1})}
  static override flags = {reason: string({description: 'why, for whoever finds it', default: ''})}

  async run() {
    const nowMs = this.env.clock.wallMs()
    const change = await cordon(await this.session.reading(), nodeId(this.args.id), this.flags.reason, nowMs)
    return this.carryOut(change.plan, async (writer) => {
      await change.apply(writer)
      return shown({rows: [change.row], source: null, warnings: []}, cordonView)
    })
  }
}

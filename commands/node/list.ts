import {listNodes, type NodeRow, nodeRoles, nodeStates} from '../../src/admin/nodes/list-nodes.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import type {OutputFormat} from '../../src/cli/global-flags.js'
import {nodeView} from '../../src/cli/node-view.js'
import {boolean, string} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class NodeList extends BaseCommand<typeof NodeList> {
  static override summary = 'List masters, routers and partition servers, also those that failed.'
  static override description = `As the metadata has them; the nodes themselves are not asked.

STATE up: its record's lease is alive. failed: its lease ended while it held partitions. ghost: partitions name it, and no server has registered under that id. known: it has a record without a lease.`
  static override examples = [
    '<%= config.bin %> node list',
    '<%= config.bin %> node list --role ps --state failed',
    '<%= config.bin %> node list --sort leaders:desc -o wide',
  ]
  static override flags = {
    role: string({description: 'only this role', options: [...nodeRoles]}),
    state: string({description: 'only nodes in this state', options: [...nodeStates]}),
    zone: string({description: 'only servers of this zone', helpValue: 'NAME'}),
    wide: boolean({description: 'as --output wide, where nothing else says how'}),
  }

  protected override get formatDefault(): OutputFormat {
    return this.flags.wide ? 'wide' : super.formatDefault
  }

  async run(): Promise<Result<NodeRow>> {
    const filter = {
      role: nodeRoles.find((name) => name === this.flags.role),
      state: nodeStates.find((name) => name === this.flags.state),
      zone: this.flags.zone,
    }
    return shown(await listNodes(await this.session.reading(), filter), nodeView)
  }
}

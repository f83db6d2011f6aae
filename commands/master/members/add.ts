import {additionPlan, addMember, changeTimeoutMs} from '../../../src/admin/masters/etcd-members.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {memberView} from '../../../src/cli/etcd-view.js'
import {string} from '../../../src/cli/parameters/args.js'
import {shown} from '../../../src/cli/view.js'

export default class MasterMembersAdd extends BaseCommand<typeof MasterMembersAdd> {
  static override summary = 'Let one more member into the etcd that the masters run.'
  static override description =
    'Then start its master with all [[masters]] in the file and cluster_state = "existing". It counts from now on: where those that run would be no majority until it does, this needs --force=quorum.'
  static override examples = ['<%= config.bin %> master members add http://10.0.0.4:2390']
  static override args = {peer: string({description: 'where the others will find it, as a URL', required: true})}
  protected override readonly timeoutMs = 2 * changeTimeoutMs

  async run() {
    const etcd = await this.session.upkeep()
    const {signal, options} = this.session
    const asking = {signal, timeoutMs: options.nodeTimeoutMs}
    const {peer} = this.args
    return this.carryOut(await additionPlan(etcd, peer, asking), async (writer) =>
      shown(await addMember(etcd, writer, peer, {signal, timeoutMs: changeTimeoutMs}), memberView),
    )
  }
}

import {changeTimeoutMs, prepareRemoval, removeMember} from '../../../src/admin/masters/etcd-members.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {memberView} from '../../../src/cli/etcd-view.js'
import {string} from '../../../src/cli/parameters/args.js'
import {shown} from '../../../src/cli/view.js'

export default class MasterMembersRemove extends BaseCommand<typeof MasterMembersRemove> {
  static override summary = 'Take a member out of the etcd that the masters run, and the record of its master.'
  static override description =
    'Its data directory is of no use afterwards. Refused for the last one; where those that stay have no majority alive it needs --force=quorum.'
  static override examples = ['<%= config.bin %> master members remove m3 --dry-run']
  static override args = {member: string({description: 'its name or its id in etcd', required: true})}
  protected override readonly timeoutMs = 2 * changeTimeoutMs

  async run() {
    const [etcd, meta] = await Promise.all([this.session.upkeep(), this.session.reading()])
    const {signal, options} = this.session
    const removal = await prepareRemoval(etcd, meta, this.args.member, {signal, timeoutMs: options.nodeTimeoutMs})
    return this.carryOut(removal.plan, async (writer) =>
      shown(await removeMember(etcd, writer, removal, {signal, timeoutMs: changeTimeoutMs}), memberView),
    )
  }
}

import {type EtcdLine, etcdStatus} from '../../../src/admin/masters/etcd-status.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {etcdView} from '../../../src/cli/etcd-view.js'
import {type Result, shown} from '../../../src/cli/view.js'

export default class MasterEtcdStatus extends BaseCommand<typeof MasterEtcdStatus> {
  static override summary = 'Ask each endpoint of the store of the metadata how it is: role, size, alarms.'
  static override description =
    'BYTES is the file, USED what of it is in use: far apart, master etcd defrag gives the difference back. Exit code 8 where one does not answer, 10 where there is an alarm.'
  static override examples = ['<%= config.bin %> master etcd status', '<%= config.bin %> master etcd status -o wide']

  async run(): Promise<Result<EtcdLine>> {
    const {signal, options} = this.session
    return shown(await etcdStatus(await this.session.upkeep(), {signal, timeoutMs: options.nodeTimeoutMs}), etcdView)
  }
}

import {defragment, defragPlan} from '../../../src/admin/masters/etcd-space.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {defragmentedView} from '../../../src/cli/etcd-view.js'
import {string} from '../../../src/cli/parameters/args.js'
import {shown} from '../../../src/cli/view.js'

/** A full etcd of 8 GB takes minutes. */
const defragTimeoutMs = 600_000

export default class MasterEtcdDefrag extends BaseCommand<typeof MasterEtcdDefrag> {
  static override strict = false
  static override summary = 'Give the free space of etcd back to its disk, one endpoint after the other.'
  static override description =
    'An endpoint answers nothing meanwhile: seconds for each GB. Free space is what master etcd compact has made.'
  static override examples = [
    '<%= config.bin %> master etcd defrag',
    '<%= config.bin %> master etcd defrag 10.0.0.1:2370 --yes',
  ]
  static override args = {endpoint: string({description: 'endpoints; all of the target if absent'})}
  protected override readonly timeoutMs = defragTimeoutMs

  async run() {
    const etcd = await this.session.upkeep()
    const endpoints = this.argvWords.length > 0 ? this.argvWords : etcd.endpoints
    const options = {signal: this.session.signal, timeoutMs: defragTimeoutMs}
    return this.carryOut(defragPlan(endpoints), async (writer) =>
      shown(await defragment(etcd, writer, endpoints, options), defragmentedView),
    )
  }
}

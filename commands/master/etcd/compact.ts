import {compact, compactPlan} from '../../../src/admin/masters/etcd-space.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {compactedView} from '../../../src/cli/etcd-view.js'
import {integer} from '../../../src/cli/parameters/args.js'
import {shown} from '../../../src/cli/view.js'

const compactTimeoutMs = 60_000

export default class MasterEtcdCompact extends BaseCommand<typeof MasterEtcdCompact> {
  static override summary = 'Have etcd forget the history of the metadata before a revision.'
  static override description =
    'What is in force stays; what was before is gone for --at, meta history, meta diff and events. Masters that run an etcd have it done every hour. The file gets no smaller before master etcd defrag.'
  static override examples = [
    '<%= config.bin %> master etcd compact',
    '<%= config.bin %> master etcd compact 88000 --dry-run',
  ]
  static override args = {revision: integer({description: 'the first that is kept; the last one if absent', min: 1})}
  protected override readonly timeoutMs = compactTimeoutMs

  async run() {
    const etcd = await this.session.upkeep()
    const {signal} = this.session
    const revision = this.args.revision ?? (await (await this.session.observed()).status({signal})).revision
    return this.carryOut(compactPlan(revision), async (writer) =>
      shown(await compact(etcd, writer, revision, {signal, timeoutMs: compactTimeoutMs}), compactedView),
    )
  }
}

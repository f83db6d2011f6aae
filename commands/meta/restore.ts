import {metaKinds} from '../../src/admin/meta/meta-kinds.js'
import {consequenceView} from '../../src/cli/backup-view.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changedView} from '../../src/cli/change-view.js'
import {say} from '../../src/cli/output.js'
import {string} from '../../src/cli/parameters/args.js'
import {boolean, string as text} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class MetaRestore extends BaseCommand<typeof MetaRestore> {
  static override summary = 'Make the metadata what a backup or an etcd snapshot says it was.'
  static override description =
    `--simulate only tells what Vearch's own jobs would do next with such metadata: which data servers would wipe and the masters delete. Exit code 11 if a last copy would be lost, 10 if anything would be.

Servers, routers, members and locks stay as they are, and sequences never go back. While partition servers are alive it needs --force=online. What it replaces is in the journal.`
  static override examples = [
    '<%= config.bin %> meta restore vearch-88.backup.jsonl --simulate',
    '<%= config.bin %> meta restore etcd.db --only aliases,users --dry-run',
    '<%= config.bin %> meta restore prod.backup.jsonl --rename-cluster --context staging',
  ]
  static override args = {file: string({description: 'a backup, or a raw etcd snapshot', required: true})}
  static override flags = {
    simulate: boolean({description: 'change nothing; tell what would come of it'}),
    only: text({description: 'only these kinds of record', options: [...metaKinds], multiple: true, delimiter: ','}),
    'rename-cluster': boolean({description: 'the file is of a cluster of another name'}),
  }

  async run(): Promise<Result<unknown>> {
    const {restoreFrom, simulate} = await import('../../src/admin/meta/restore-file.js')
    const {restore} = await import('../../src/admin/meta/restoration.js')
    const only = metaKinds.filter((kind) => this.flags.only?.includes(kind))
    const prepared = await restoreFrom(this.session, this.args.file, {
      only: only.length === 0 ? null : only,
      isRenamed: this.flags['rename-cluster'],
    })
    const consequences = await simulate(this.session, prepared)
    if (this.flags.simulate) return shown(consequences, consequenceView)
    for (const {job, does, subject, node, isLastCopy} of consequences.rows) {
      say(
        `afterwards ${job} will ${does} ${subject}${node === null ? '' : ` on node ${node}`}${isLastCopy ? ': the last copy' : ''}`,
      )
    }
    return this.carryOut(prepared.plan, async (writer) => shown(await restore(writer, prepared), changedView))
  }
}

import {type WrittenBundle, writeBundle} from '../../../src/admin/debug/write-bundle.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {bundleView} from '../../../src/cli/bundle-view.js'
import {string} from '../../../src/cli/parameters/args.js'
import {type Result, shown} from '../../../src/cli/view.js'

export default class DebugBundle extends BaseCommand<typeof DebugBundle> {
  static override summary = 'Write one look at the cluster to a file, to be sent along with a report.'
  static override description =
    `The metadata, and what masters, servers and the store said of themselves. Passwords are left out, and so are configuration files and documents. Who does not answer costs no more than --node-timeout.

Every command that looks reads it with --snapshot FILE, as if it were the cluster.`
  static override examples = [
    '<%= config.bin %> debug bundle',
    '<%= config.bin %> debug bundle prod.jsonl',
    '<%= config.bin %> health --explain --snapshot prod.jsonl',
  ]
  static override args = {file: string({description: 'where to; a name with the time in it if absent'})}

  async run(): Promise<Result<WrittenBundle>> {
    const row = await writeBundle(this.session, this.args.file ?? null)
    return shown({rows: [row], source: null, warnings: []}, bundleView)
  }
}

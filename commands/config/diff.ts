import {type ConfigDifference, configDifference} from '../../src/admin/config/config-difference.js'

import {BaseCommand} from '../../src/cli/base-command.js'
import {configDifferenceView} from '../../src/cli/config-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class ConfigDiff extends BaseCommand<typeof ConfigDiff> {
  static override summary = 'Compare what is in force by configuration files, or in partition servers that run.'
  static override description =
    'Values and not texts: defaults count, comments and order do not. A number is the id of a server, which is asked what it runs with; servers of our kind only. Secrets are compared and not shown. Exit code 12 where they differ.'
  static override examples = [
    '<%= config.bin %> config diff ps1.toml ps2.toml',
    '<%= config.bin %> config diff 3 4',
    '<%= config.bin %> config diff ps1.toml 3 --conf config.toml',
  ]
  static override args = {
    before: string({description: 'a file, or the id of a server', required: true}),
    after: string({description: 'another', required: true}),
  }

  async run(): Promise<Result<ConfigDifference>> {
    const sources = {env: this.env, session: () => this.session}
    return shown(await configDifference(sources, this.args.before, this.args.after), configDifferenceView)
  }
}

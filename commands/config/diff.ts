import {type ConfigDifference, configDifference} from '../../src/admin/change-config.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {configDifferenceView} from '../../src/cli/config-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class ConfigDiff extends BaseCommand<typeof ConfigDiff> {
  static override summary = 'Compare what is in force by two configuration files, of two nodes for instance.'
  static override description =
    'Values and not texts: defaults count, comments and order do not. Exit code 12 where they differ.'
  static override examples = ['<%= config.bin %> config diff ps1.toml ps2.toml']
  static override args = {
    before: string({description: 'a file', required: true}),
    after: string({description: 'another', required: true}),
  }

  async run(): Promise<Result<ConfigDifference>> {
    return shown(await configDifference(this.env, this.args.before, this.args.after), configDifferenceView)
  }
}

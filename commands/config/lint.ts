import {checkConfig} from '../../src/admin/config/show-config.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {findingView} from '../../src/cli/config-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'
import type {Finding} from '../../src/config/loaded.js'

export default class ConfigLint extends BaseCommand<typeof ConfigLint> {
  static override summary = 'Check a configuration file: faults, unknown and dead keys, clashing ports, unwise values.'
  static override description =
    'Exit code 0: nothing worse than notes; 10: warnings; 11: errors, with which no node starts.'
  static override aliases = ['config:validate']
  static override examples = ['<%= config.bin %> config lint config.toml']
  static override args = {file: string({description: 'the file; --conf if absent'})}

  async run(): Promise<Result<Finding>> {
    return shown(await checkConfig(this.env, this.args.file ?? this.globals.conf ?? null), findingView)
  }
}

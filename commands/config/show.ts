import {type ConfigRow, showConfig} from '../../src/admin/config/show-config.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {configView} from '../../src/cli/config-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class ConfigShow extends BaseCommand<typeof ConfigShow> {
  static override summary = 'Show every value in force and where it comes from: a line of the file, or a default.'
  static override description =
    'Without --conf: the embedded default, on which "node start all" runs. -o wide says why a default is what it is.'
  static override examples = [
    '<%= config.bin %> config show --conf config.toml',
    '<%= config.bin %> config show ps --conf config.toml -o wide',
  ]
  static override args = {part: string({description: 'a table or a key, such as ps or ps.rpc_port'})}

  async run(): Promise<Result<ConfigRow>> {
    return shown(await showConfig(this.env, this.globals.conf ?? null, this.args.part ?? null), configView)
  }
}

import {type ConfigChange, setConfigValue} from '../../src/admin/config/change-config.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {configChangeView} from '../../src/cli/config-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'
import {CodedError} from '../../src/errors/coded-error.js'

export default class ConfigSet extends BaseCommand<typeof ConfigSet> {
  static override summary = 'Write one value into a configuration file; everything else in it stays as it is.'
  static override description =
    'Comments too. A value that the key does not take is refused, and the file is not touched. A node reads its file when it starts.'
  static override examples = [
    '<%= config.bin %> config set ps.rpc_port 8085 --conf config.toml',
    '<%= config.bin %> config set masters[0].address 10.0.0.1 --conf config.toml --dry-run',
  ]
  static override args = {
    key: string({description: 'as config show has it', required: true}),
    value: string({description: 'the value, as TOML has it; a text needs no quotes', required: true}),
  }

  async run(): Promise<Result<ConfigChange>> {
    const {conf: file, 'dry-run': isDryRun, 'read-only': isReadOnly} = this.globals
    if (file === undefined) throw new CodedError('USAGE', 'no file is named', {hint: 'name it with --conf'})
    if (isReadOnly && !isDryRun)
      throw new CodedError('GUARD_FAILED', 'nothing may be changed: read-only by --read-only')
    const {key, value} = this.args
    return shown(await setConfigValue(this.env, {file, key, value, isDryRun}), configChangeView)
  }
}

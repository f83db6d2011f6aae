import {configTemplate} from '../../src/admin/config/change-config.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {lineView} from '../../src/cli/config-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'
import {everyRole} from '../../src/config/key.js'

export default class ConfigTemplate extends BaseCommand<typeof ConfigTemplate> {
  static override summary = 'Print a configuration file to begin with: every key that a role reads, and what it means.'
  static override description = 'Keys with a default are commented out; what is left is to be filled in.'
  static override examples = ['<%= config.bin %> config template ps > config.toml']
  static override args = {role: string({description: 'all of them if absent', options: [...everyRole]})}

  async run(): Promise<Result<{readonly line: string}>> {
    const text = await configTemplate(everyRole.find((role) => role === this.args.role) ?? null)
    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => ({line}))
    return {...shown({rows, source: null, warnings: []}, lineView), text}
  }
}

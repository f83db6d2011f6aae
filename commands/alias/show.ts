import {type AliasRow, listAliases} from '../../src/admin/entities/account-row.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {aliasView} from '../../src/cli/entity-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class AliasShow extends BaseCommand<typeof AliasShow> {
  static override summary = 'Show what an alias means.'
  static override description = 'From the metadata, so also of a snapshot and at an old revision.'
  static override examples = ['<%= config.bin %> alias show pics']
  static override args = {name: string({description: 'name of an alias', required: true})}

  async run(): Promise<Result<AliasRow>> {
    return shown(await listAliases(await this.session.reading(), this.args.name), aliasView)
  }
}

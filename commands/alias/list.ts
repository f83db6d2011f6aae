import {type AliasRow, listAliases} from '../../src/admin/entities/account-row.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {aliasView} from '../../src/cli/entity-view.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class AliasList extends BaseCommand<typeof AliasList> {
  static override summary = 'List the aliases of spaces.'
  static override description = 'From the metadata, so also of a snapshot and at an old revision.'
  static override examples = ['<%= config.bin %> alias list']

  async run(): Promise<Result<AliasRow>> {
    return shown(await listAliases(await this.session.reading()), aliasView)
  }
}

import {listRoles, type RoleRow} from '../../src/admin/entities/account-row.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {roleView} from '../../src/cli/entity-view.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class RoleList extends BaseCommand<typeof RoleList> {
  static override summary = 'List the roles, built in and your own, and who has them.'
  static override examples = ['<%= config.bin %> role list']

  async run(): Promise<Result<RoleRow>> {
    return shown(await listRoles(await this.session.reading()), roleView)
  }
}

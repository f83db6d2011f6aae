import {listUsers, type UserRow} from '../../src/admin/entities/account-row.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {userView} from '../../src/cli/entity-view.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class UserList extends BaseCommand<typeof UserList> {
  static override summary = 'List the users and their roles.'
  static override description = 'PASSWORD plain: a real Vearch stores it as it is; ours hashes it.'
  static override examples = ['<%= config.bin %> user list']

  async run(): Promise<Result<UserRow>> {
    return shown(await listUsers(await this.session.reading()), userView)
  }
}

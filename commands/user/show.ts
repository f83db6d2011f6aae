import {listUsers, type UserRow} from '../../src/admin/entities/account-row.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {userView} from '../../src/cli/entity-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class UserShow extends BaseCommand<typeof UserShow> {
  static override summary = 'Show one user. Passwords are never shown.'
  static override examples = ['<%= config.bin %> user show ann']
  static override args = {name: string({description: 'name of a user', required: true})}

  async run(): Promise<Result<UserRow>> {
    return shown(await listUsers(await this.session.reading(), this.args.name), userView)
  }
}

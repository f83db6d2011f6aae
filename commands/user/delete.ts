import {keysOf} from '../../src/admin/entities/master-request.js'
import {deleteUser} from '../../src/admin/entities/requests.js'
import {string} from '../../src/cli/parameters/args.js'
import {RequestCommand} from '../../src/cli/request-command.js'
import type {Result} from '../../src/cli/view.js'

export default class UserDelete extends RequestCommand<typeof UserDelete> {
  static override summary = 'Delete a user.'
  static override examples = ['<%= config.bin %> user delete NAME']
  static override args = {name: string({description: 'name of a user', required: true})}

  async run(): Promise<Result<unknown>> {
    return this.ask(deleteUser(this.args.name, await keysOf(this.session)))
  }
}

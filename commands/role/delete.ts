import {keysOf} from '../../src/admin/entities/master-request.js'
import {deleteRole} from '../../src/admin/entities/requests.js'
import {string} from '../../src/cli/parameters/args.js'
import {RequestCommand} from '../../src/cli/request-command.js'
import type {Result} from '../../src/cli/view.js'

export default class RoleDelete extends RequestCommand<typeof RoleDelete> {
  static override summary = 'Delete a role of your own.'
  static override examples = ['<%= config.bin %> role delete NAME']
  static override args = {name: string({description: 'name of a role', required: true})}

  async run(): Promise<Result<unknown>> {
    return this.ask(deleteRole(this.args.name, await keysOf(this.session)))
  }
}

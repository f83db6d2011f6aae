import {listRoles, type RoleRow} from '../../src/admin/entities/account-row.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {roleView} from '../../src/cli/entity-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class RoleShow extends BaseCommand<typeof RoleShow> {
  static override summary = 'Show one role and who has it.'
  static override examples = ['<%= config.bin %> role show defaultSpaceAdmin']
  static override args = {name: string({description: 'name of a role', required: true})}

  async run(): Promise<Result<RoleRow>> {
    return shown(await listRoles(await this.session.reading(), this.args.name), roleView)
  }
}

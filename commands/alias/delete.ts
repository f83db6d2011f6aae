import {keysOf} from '../../src/admin/entities/master-request.js'
import {deleteAlias} from '../../src/admin/entities/requests.js'
import {string} from '../../src/cli/parameters/args.js'
import {RequestCommand} from '../../src/cli/request-command.js'
import type {Result} from '../../src/cli/view.js'

export default class AliasDelete extends RequestCommand<typeof AliasDelete> {
  static override summary = 'Take an alias away; the space stays.'
  static override examples = ['<%= config.bin %> alias delete NAME']
  static override args = {name: string({description: 'name of an alias', required: true})}

  async run(): Promise<Result<unknown>> {
    return this.ask(deleteAlias(this.args.name, await keysOf(this.session)))
  }
}

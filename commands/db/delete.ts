import {deleteDb} from '../../src/admin/entities/requests.js'
import {string} from '../../src/cli/parameters/args.js'
import {RequestCommand} from '../../src/cli/request-command.js'
import type {Result} from '../../src/cli/view.js'

export default class DbDelete extends RequestCommand<typeof DbDelete> {
  static override summary = 'Have the masters delete a db that has no spaces.'
  static override examples = ['<%= config.bin %> db delete web --dry-run']
  static override args = {name: string({description: 'name of a db', required: true})}

  async run(): Promise<Result<unknown>> {
    return this.ask(deleteDb(this.args.name))
  }
}

import {createDb} from '../../src/admin/entities/requests.js'
import {string} from '../../src/cli/parameters/args.js'
import {RequestCommand} from '../../src/cli/request-command.js'
import type {Result} from '../../src/cli/view.js'

export default class DbCreate extends RequestCommand<typeof DbCreate> {
  static override summary = 'Have the masters create a db.'
  static override examples = ['<%= config.bin %> db create web']
  static override args = {name: string({description: 'name of the new db', required: true})}

  async run(): Promise<Result<unknown>> {
    return this.ask(createDb(this.args.name))
  }
}

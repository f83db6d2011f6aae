import {createAlias} from '../../src/admin/entities/requests.js'
import {spaceNamed} from '../../src/admin/entities/space-row.js'
import {string} from '../../src/cli/parameters/args.js'
import {RequestCommand} from '../../src/cli/request-command.js'
import type {Result} from '../../src/cli/view.js'

export default class AliasCreate extends RequestCommand<typeof AliasCreate> {
  static override summary = 'Give a space another name.'
  static override examples = ['<%= config.bin %> alias create pics web/images']
  static override args = {
    name: string({description: 'the new name', required: true}),
    space: string({description: 'DB/SPACE', required: true}),
  }

  async run(): Promise<Result<unknown>> {
    return this.ask(createAlias(this.args.name, spaceNamed(this.args.space)))
  }
}

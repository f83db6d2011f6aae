import {type DbRow, showDb} from '../../src/admin/entities/db-row.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {dbView} from '../../src/cli/entity-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class DbShow extends BaseCommand<typeof DbShow> {
  static override summary = 'Show one db.'
  static override description = 'From the metadata, so also of a snapshot and at an old revision.'
  static override examples = ['<%= config.bin %> db show web -o yaml']
  static override args = {name: string({description: 'name or id of a db', required: true})}

  async run(): Promise<Result<DbRow>> {
    return shown(await showDb(await this.session.reading(), this.args.name), dbView)
  }
}

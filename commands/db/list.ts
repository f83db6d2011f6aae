import {type DbRow, listDbs} from '../../src/admin/entities/db-row.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {dbView} from '../../src/cli/entity-view.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class DbList extends BaseCommand<typeof DbList> {
  static override summary = 'List the dbs and their spaces.'
  static override description = 'From the metadata, so also of a snapshot and at an old revision.'
  static override examples = ['<%= config.bin %> db list', '<%= config.bin %> db list --snapshot etcd.db --json']

  async run(): Promise<Result<DbRow>> {
    return shown(await listDbs(await this.session.reading()), dbView)
  }
}

import {type LockRow, listLocks} from '../../src/admin/meta/lock-list.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {lockView} from '../../src/cli/lock-view.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class LocksList extends BaseCommand<typeof LocksList> {
  static override summary = 'List the locks in the metadata, and whether anybody holds them.'
  static override description = 'STATE abandoned: it has no lease, or its lease is gone; nothing ends it by itself.'
  static override examples = [
    '<%= config.bin %> locks list',
    '<%= config.bin %> locks list --filter \'state != "held"\' -q',
  ]

  async run(): Promise<Result<LockRow>> {
    const meta = await this.session.reading()
    const store = this.session.isLive ? await this.session.observed() : null
    return shown(await listLocks(meta, store), lockView)
  }
}

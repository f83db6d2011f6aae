import type {HistoryRow} from '../../src/admin/meta/history.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {historyView} from '../../src/cli/difference-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {integer} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'

const changesDefault = 20
const changesMax = 1_000

export default class MetaHistory extends BaseCommand<typeof MetaHistory> {
  static override summary = 'Show what became of one record, newest change first.'
  static override description =
    'As far back as the store remembers: an etcd that a master manages forgets after an hour. A raw snapshot has what it had when it was taken.'
  static override examples = [
    '<%= config.bin %> meta history partition/7',
    '<%= config.bin %> meta history partitions 7 --changes 5',
    '<%= config.bin %> meta history alias/pics --snapshot etcd.db',
  ]
  static override args = {
    key: string({description: 'a key, or a kind of record', required: true}),
    id: string({description: 'with a kind: the id or name that ends the key'}),
  }
  static override flags = {
    changes: integer({
      description: 'changes to go back; 20, or as many rows as --limit asks for',
      min: 1,
      max: changesMax,
      helpValue: 'N',
    }),
  }

  async run(): Promise<Result<HistoryRow>> {
    const {keyNamed, recordHistory} = await import('../../src/admin/meta/history.js')
    const meta = await this.session.reading()
    const key = await keyNamed(meta, this.args.key, this.args.id ?? null)
    const readingAt = (revision: number) => this.session.readingAt(revision)
    // a change has a row at least
    const limit = this.flags.changes ?? Math.min(this.globals.limit ?? changesDefault, changesMax)
    return shown(await recordHistory(meta, {key, limit, readingAt}), historyView)
  }
}

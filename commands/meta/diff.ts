import type {RecordDifference} from '../../src/admin/meta/difference.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {differenceView} from '../../src/cli/difference-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class MetaDiff extends BaseCommand<typeof MetaDiff> {
  static override summary = 'Show how the metadata of two moments differ, record by record and field by field.'
  static override description =
    `A moment is live, @REVISION, a file (a raw etcd snapshot or a backup; FILE@REVISION), or the name of a context.

Exit code 12 where there is a difference, 0 where there is none.`
  static override examples = [
    '<%= config.bin %> meta diff @88 live',
    '<%= config.bin %> meta diff yesterday.db live --filter \'kind == "partitions"\'',
    '<%= config.bin %> meta diff prod staging --columns key,field,before,after',
  ]
  static override args = {
    before: string({description: 'a moment', required: true}),
    after: string({description: 'another', default: 'live'}),
  }

  async run(): Promise<Result<RecordDifference>> {
    const [{momentNamed}, {metaDifference}] = await Promise.all([
      import('../../src/admin/meta/moment.js'),
      import('../../src/admin/meta/difference.js'),
    ])
    const {before: earlier, after: later = 'live'} = this.args
    const before = await momentNamed(this.session, this.contexts, earlier)
    const after = await momentNamed(this.session, this.contexts, later)
    try {
      return shown(await metaDifference(before.reading, after.reading), differenceView)
    } finally {
      await Promise.all([before.close(), after.close()])
    }
  }
}

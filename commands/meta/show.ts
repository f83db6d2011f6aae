import {metaKinds} from '../../src/admin/meta/meta-kinds.js'
import {listMeta, summarizeMeta} from '../../src/admin/meta/show-meta.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {recordView, summaryView} from '../../src/cli/meta-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {boolean} from '../../src/cli/parameters/flags.js'
import {type Result, shown, withColumns} from '../../src/cli/view.js'

export default class MetaShow extends BaseCommand<typeof MetaShow> {
  static override summary = 'Show what the metadata holds: all kinds counted, or the records of one kind.'
  static override description = `Kinds: ${metaKinds.join(', ')}. Passwords are never shown.`
  static override examples = [
    '<%= config.bin %> meta show',
    '<%= config.bin %> meta show servers',
    '<%= config.bin %> meta show spaces images --json',
    '<%= config.bin %> meta show partitions 7 --raw --with-revision',
    '<%= config.bin %> meta show --snapshot etcd.db --cluster vearch',
  ]
  static override args = {
    kind: string({description: 'summary, or a kind of record', options: ['summary', ...metaKinds], default: 'summary'}),
    selector: string({description: 'id or name of one record'}),
  }

  static override flags = {
    raw: boolean({description: 'the values as they are stored'}),
    'with-revision': boolean({description: 'also when each was created, and how often it was written'}),
    'with-key': boolean({description: 'also the whole key of each'}),
  }

  async run(): Promise<Result<unknown>> {
    const {raw: isRaw, 'with-revision': withRevision, 'with-key': withKey} = this.flags
    const kind = metaKinds.find((name) => name === this.args.kind)
    const meta = await this.session.reading()
    if (kind === undefined) return shown(await summarizeMeta(meta), summaryView)
    const listing = await listMeta(meta, kind, {selector: this.args.selector ?? null, isRaw})
    const columns = [...(withKey ? ['key'] : []), ...(withRevision ? ['created', 'writes'] : [])]
    return shown(listing, withColumns(recordView(kind, {isRaw}), columns))
  }
}

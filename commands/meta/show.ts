import {metaKinds} from '../../src/admin/meta/meta-kinds.js'
import {listMeta, summarizeMeta} from '../../src/admin/meta/show-meta.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {recordView, summaryView} from '../../src/cli/meta-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class MetaShow extends BaseCommand<typeof MetaShow> {
  static override summary = 'Show what the metadata holds: all kinds counted, or the records of one kind.'
  static override description = `Kinds: ${metaKinds.join(', ')}. Passwords are never shown.`
  static override examples = [
    '<%= config.bin %> meta show',
    '<%= config.bin %> meta show servers',
    '<%= config.bin %> meta show spaces images --json',
    '<%= config.bin %> meta show --snapshot etcd.db --cluster vearch',
  ]
  static override args = {
    kind: string({description: 'summary, or a kind of record', options: ['summary', ...metaKinds], default: 'summary'}),
    selector: string({description: 'id or name of one record'}),
  }

  async run(): Promise<Result<unknown>> {
    const kind = metaKinds.find((name) => name === this.args.kind)
    const meta = await this.session.reading()
    if (kind === undefined) return shown(await summarizeMeta(meta), summaryView)
    return shown(await listMeta(meta, kind, this.args.selector ?? null), recordView(kind))
  }
}

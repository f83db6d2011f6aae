import {metaKinds} from '../../src/admin/meta/meta-kinds.js'
import type {MetaEvent} from '../../src/admin/meta/watching.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {eventView} from '../../src/cli/difference-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {integer} from '../../src/cli/parameters/flags.js'
import type {Result} from '../../src/cli/view.js'
import {Keys} from '../../src/meta/keys.js'

export default class MetaWatch extends BaseCommand<typeof MetaWatch> {
  static override summary = 'Show changes of the metadata as they happen, until interrupted.'
  static override description =
    'With --from also what has happened since then, as far back as the store remembers. A line for each field that a change touches; with --json or -o jsonl one JSON object a line. With --timeout it ends by itself.'
  static override examples = [
    '<%= config.bin %> meta watch',
    '<%= config.bin %> meta watch partitions --json --timeout 1m',
    '<%= config.bin %> meta watch --from 88 --timeout 1s',
  ]
  static override args = {kind: string({description: 'only records of this kind', options: [...metaKinds]})}
  static override flags = {
    from: integer({
      description: 'begin with the changes of this revision, if the store still has them',
      min: 2,
      helpValue: 'REVISION',
    }),
  }

  async run(): Promise<Result<MetaEvent>> {
    const {metaEvents} = await import('../../src/admin/meta/watching.js')
    const kind = metaKinds.find((name) => name === this.args.kind) ?? null
    const [store, cluster] = await Promise.all([this.session.watched(), this.session.cluster()])
    const {from} = this.flags
    const since = from === undefined ? null : await this.session.readingAt(from - 1)
    const wallMs = () => this.env.clock.wallMs()
    return this.stream(eventView, (signal) => metaEvents(store, {keys: new Keys(cluster), kind, signal, since, wallMs}))
  }
}

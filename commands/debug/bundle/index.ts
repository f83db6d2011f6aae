import {type WrittenBundle, writeBundle} from '../../../src/admin/debug/write-bundle.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {bundleView} from '../../../src/cli/bundle-view.js'
import {byteSize} from '../../../src/cli/byte-size-flag.js'
import {duration} from '../../../src/cli/duration-flag.js'
import {list} from '../../../src/cli/global-flags.js'
import {wordIds} from '../../../src/cli/id-words.js'
import {string} from '../../../src/cli/parameters/args.js'
import {redactFlag, redactionOf} from '../../../src/cli/redact-flag.js'
import {type Result, shown} from '../../../src/cli/view.js'

export default class DebugBundle extends BaseCommand<typeof DebugBundle> {
  static override summary = 'Write one look at the cluster to a file, to be sent along with a report.'
  static override description =
    `The metadata, and what masters, servers and the store said of themselves. Passwords are left out, and so are configuration files and documents. Who does not answer costs no more than --node-timeout. With --since also what servers of our kind have logged, which node logs shows. With --redact=strict, names that people gave and addresses are words that stand for them, the same one wherever it is.

Every command that looks reads it with --snapshot FILE, as if it were the cluster.`
  static override examples = [
    '<%= config.bin %> debug bundle',
    '<%= config.bin %> debug bundle prod.jsonl --exclude-nodes 4 --size-limit 20MB',
    '<%= config.bin %> debug bundle prod.jsonl --since 1h',
    '<%= config.bin %> debug bundle prod.jsonl --redact strict',
    '<%= config.bin %> health --explain --snapshot prod.jsonl',
  ]
  static override flags = {
    nodes: list({description: 'ask only these servers', helpValue: 'ID,ID'}),
    'exclude-nodes': list({description: 'do not ask these servers', helpValue: 'ID,ID', exclusive: ['nodes']}),
    since: duration({description: 'the servers’ logs too, not older than this', helpValue: '1h'}),
    redact: redactFlag,
    'size-limit': byteSize({description: 'write nothing larger than this'}),
  }
  static override args = {file: string({description: 'where to; a name with the time in it if absent'})}

  async run(): Promise<Result<WrittenBundle>> {
    const {nodes, 'exclude-nodes': excluded = [], 'size-limit': sizeMax = null, since: logsForMs = null} = this.flags
    const [only, without] = [nodes === undefined ? null : new Set(wordIds(nodes)), new Set(wordIds(excluded))]
    const isAsked = (node: number) => (only?.has(node) ?? true) && !without.has(node)
    const row = await writeBundle(this.session, {
      path: this.args.file ?? null,
      sizeMax,
      isAsked,
      logsForMs,
      redaction: redactionOf(this.flags.redact),
    })
    return shown({rows: [row], source: null, warnings: []}, bundleView)
  }
}

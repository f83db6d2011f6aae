import {bundledLogs} from '../../src/admin/debug/bundle-logs.js'
import {followLogs, type LoggedLine, localLogs, nodeLogs, readLogs} from '../../src/admin/nodes/read-logs.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {duration} from '../../src/cli/duration-flag.js'
import {wordIds} from '../../src/cli/id-words.js'
import {logView} from '../../src/cli/log-view.js'
import {say} from '../../src/cli/output.js'
import {integer as number} from '../../src/cli/parameters/args.js'
import {boolean, integer, string} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'
import {logLevels} from '../../src/env/log.js'
import {CodedError} from '../../src/errors/coded-error.js'

const linesDefault = 100

export default class NodeLogs extends BaseCommand<typeof NodeLogs> {
  static override strict = false
  static override summary = 'Show what nodes have logged, merged by time.'
  static override description =
    'Partition servers that are named hand out the logs of their log directory, from any machine; servers of our kind only. Without a name: the logs of this machine, in the log directory of --conf, or in those that --log-dir names. With --snapshot: those in a debug bundle. Only the end of a large log is read.'
  static override examples = [
    '<%= config.bin %> node logs 3 4 --level warn',
    '<%= config.bin %> node logs 3 --follow --grep leader',
    '<%= config.bin %> node logs --log-dir /var/log/vearch --since 10m --partition 3',
    '<%= config.bin %> node logs 3 --snapshot prod.jsonl',
  ]
  static override args = {id: number({description: 'servers', min: 1})}
  static override flags = {
    'log-dir': string({description: 'directories with logs', multiple: true, helpValue: 'DIR'}),
    level: string({description: 'this and worse', options: [...logLevels], default: 'info'}),
    since: duration({description: 'not older than this', helpValue: '10m'}),
    grep: string({description: 'only lines in which this regular expression is found', helpValue: 'REGEX'}),
    partition: integer({description: 'only of this partition', min: 1, helpValue: 'ID'}),
    lines: integer({char: 'n', description: 'the last ones', min: 1, max: 10_000, default: linesDefault}),
    follow: boolean({char: 'f', description: 'and then each that is added, until interrupted or --timeout'}),
  }

  async run(): Promise<Result<LoggedLine>> {
    const {grep, lines: linesMax, follow} = this.flags
    const choice = {pattern: grep === undefined ? null : expression(grep), linesMax}
    const sources = await this.#sources()
    if (!follow) return shown(await readLogs(sources, choice), logView)
    const {clock} = this.env
    return this.stream(logView, (signal) => followLogs(sources, choice, {clock, signal, onSilence: say}))
  }

  async #sources() {
    const {level, since, partition = null} = this.flags
    const filter = {
      level: logLevels.find((name) => name === level) ?? 'info',
      sinceMs: since === undefined ? null : this.env.clock.wallMs() - since,
      partition,
    } as const
    const ids = wordIds(this.argvWords)
    const {snapshot} = this.session.target
    if (snapshot !== null) return bundledLogs(this.session, snapshot, ids, filter)
    if (ids.length > 0) return nodeLogs(this.session, ids, filter)
    const directories = this.flags['log-dir'] ?? [(await this.session.config()).global.log]
    return localLogs(this.env.disk, directories, filter)
  }
}

function expression(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch (cause) {
    throw new CodedError('USAGE', `--grep ${text} is no regular expression`, {cause})
  }
}

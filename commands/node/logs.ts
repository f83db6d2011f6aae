import {type LogLine, logLevels, readLogs} from '../../src/admin/nodes/read-logs.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {parseDurationMs} from '../../src/cli/duration.js'
import {logView} from '../../src/cli/log-view.js'
import {custom, integer, string} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'
import {CodedError} from '../../src/errors/coded-error.js'

const linesDefault = 100

export default class NodeLogs extends BaseCommand<typeof NodeLogs> {
  static override summary = 'Show what nodes of this machine have logged, merged by time.'
  static override description =
    'Of the log directory of --conf, or of those that --log-dir names. Logs of other machines are read there: no server hands its log out.'
  static override examples = [
    '<%= config.bin %> node logs --conf ps3.toml --level warn',
    '<%= config.bin %> node logs --log-dir /var/log/vearch --since 10m --partition 3',
  ]
  static override flags = {
    'log-dir': string({description: 'directories with logs', multiple: true, helpValue: 'DIR'}),
    level: string({description: 'this and worse', options: [...logLevels], default: 'info'}),
    since: custom<number>({
      description: 'not older than this',
      helpValue: '10m',
      parse: async (written) => {
        const ms = parseDurationMs(written)
        if (ms !== null) return ms
        throw new CodedError('USAGE', `--since ${written} is not a duration`, {hint: 'write 30s, 10m or 2h'})
      },
    })(),
    grep: string({description: 'only lines in which this regular expression is found', helpValue: 'REGEX'}),
    partition: integer({description: 'only of this partition', min: 1, helpValue: 'ID'}),
    lines: integer({char: 'n', description: 'the last ones', min: 1, max: 100_000, default: linesDefault}),
  }

  async run(): Promise<Result<LogLine>> {
    const {level, since, grep, partition = null, lines} = this.flags
    const directories = this.flags['log-dir'] ?? [(await this.session.config()).global.log]
    const filter = {
      level: logLevels.find((name) => name === level) ?? 'info',
      sinceMs: since === undefined ? null : this.env.clock.wallMs() - since,
      pattern: grep === undefined ? null : expression(grep),
      partition,
      linesMax: lines,
    } as const
    return shown(await readLogs(this.env.disk, directories, filter), logView)
  }
}

function expression(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch (cause) {
    throw new CodedError('USAGE', `--grep ${text} is no regular expression`, {cause})
  }
}

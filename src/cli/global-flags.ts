/**
 * The flags that every command has. What an operator sets once for all commands may also come from the environment.
 */
import {boolean, custom, integer, string} from '@oclif/core/flags'
import {CodedError} from '../errors/coded-error.js'
import {parseDurationMs} from './duration.js'

export const outputFormats = ['table', 'wide', 'json', 'jsonl', 'csv', 'tsv', 'name'] as const
export type OutputFormat = (typeof outputFormats)[number]

const list = custom<string[]>({
  parse: async (text) => text.split(',').filter((part) => part !== ''),
  helpValue: 'A,B',
})

const duration = custom<number>({
  helpValue: '10s',
  parse: async (text) => {
    const ms = parseDurationMs(text)
    if (ms !== null && ms > 0) return ms
    throw new CodedError('USAGE', `--timeout ${text} is not a duration`, {hint: 'write 500ms, 10s or 2m'})
  },
})

const target = {helpGroup: 'TARGET'}
const output = {helpGroup: 'OUTPUT'}

export const globalFlags = {
  conf: string({
    ...target,
    env: 'VEARCH_CONF',
    helpValue: 'FILE',
    description: 'configuration file that names the cluster',
  }),
  cluster: string({
    ...target,
    env: 'VEARCH_CLUSTER',
    helpValue: 'NAME',
    description: 'cluster name, if not the file’s',
  }),
  etcd: list({...target, env: 'VEARCH_ETCD', description: 'metadata endpoints, host:port'}),
  master: list({...target, env: 'VEARCH_MASTER', description: 'master endpoints, host:port'}),
  'password-file': string({
    ...target,
    env: 'VEARCH_PASSWORD_FILE',
    helpValue: 'FILE',
    description: 'file with root’s password at the masters',
  }),
  timeout: duration({
    ...target,
    default: 10_000,
    defaultHelp: async () => '10s',
    description: 'time for the whole command',
  }),
  output: string({
    ...output,
    char: 'o',
    env: 'VEARCHCTL_OUTPUT',
    options: [...outputFormats],
    helpValue: 'FORMAT',
    description: `${outputFormats.join(', ')}`,
  }),
  json: boolean({...output, description: 'the same as --output json'}),
  quiet: boolean({...output, char: 'q', description: 'ids only; the same as --output name'}),
  columns: list({...output, description: 'columns to show, in this order'}),
  sort: string({...output, helpValue: 'COLUMN[:desc]', description: 'order of the rows'}),
  limit: integer({...output, min: 0, helpValue: 'N', description: 'rows at most'}),
  'no-headers': boolean({...output, description: 'no header line'}),
  debug: boolean({...output, description: 'log to stderr; show where an error came from'}),
}

/** Written before the command they are moved behind it; these take no value. */
export const globalSwitches: ReadonlySet<string> = new Set(['json', 'quiet', 'no-headers', 'debug', 'help'])

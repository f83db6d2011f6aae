/**
 * The flags that every command has. What an operator sets once for all commands may also come from the environment.
 */
import {timeNamed} from '../admin/time-word.js'
import {CodedError} from '../errors/coded-error.js'
import {duration} from './duration-flag.js'
import {boolean, custom, integer, string} from './parameters/flags.js'

export const outputFormats = ['table', 'wide', 'json', 'jsonl', 'yaml', 'csv', 'tsv', 'name', 'jsonpath'] as const
export type OutputFormat = (typeof outputFormats)[number]

export const languages = ['en', 'zh'] as const
export type Language = (typeof languages)[number]

/** Any number of words, separated by commas. */
export const list = custom<string[]>({
  parse: async (text) => text.split(',').filter((part) => part !== ''),
  helpValue: 'A,B',
})

/** What a time is on the clock of whoever asks is worked out when the cluster is. */
const moment = custom<string>({
  helpValue: 'REVISION|TIME',
  parse: async (text) => {
    if (/^[1-9]\d{0,15}$/.test(text) || timeNamed(text, 0) !== null) return text
    throw new CodedError('USAGE', `--at ${text} is neither a revision nor a time`, {
      hint: 'write 88, 2h-ago, 14:02 or 2026-08-01T14:02',
    })
  },
})

const target = {helpGroup: 'TARGET'}
const output = {helpGroup: 'OUTPUT'}
const change = {helpGroup: 'CHANGES'}

export interface Output<Report extends string> {
  readonly format: OutputFormat
  /** Of the format `jsonpath`. */
  readonly path: string
  /** A format that only this command has, for readers of its own. */
  readonly report: Report | null
}

export function outputFlag<Report extends string>(reports: readonly Report[]) {
  const names = [...outputFormats, ...reports].join(', ').replace('jsonpath', 'jsonpath=PATH')
  return custom<Output<Report>>({
    helpValue: 'FORMAT',
    parse: async (text) => {
      const report = reports.find((each) => each === text)
      if (report !== undefined) return {format: 'table', path: '', report}
      const [, name = '', path = ''] = /^([^=]*)=?(.*)$/s.exec(text) ?? []
      const known = outputFormats.find((each) => each === name)
      if (known !== undefined && (path !== '') === (known === 'jsonpath')) return {format: known, path, report: null}
      throw new CodedError('USAGE', `--output ${text} is not a format`, {hint: `one of ${names}`})
    },
  })({...output, char: 'o', env: 'VEARCHCTL_OUTPUT', description: names})
}

export const globalFlags = {
  context: string({...target, env: 'VEARCHCTL_CONTEXT', helpValue: 'NAME', description: 'cluster of contexts.toml'}),
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
  'etcd-user': string({...target, env: 'VEARCH_ETCD_USER', helpValue: 'NAME', description: 'user at etcd'}),
  'etcd-password-file': string({
    ...target,
    env: 'VEARCH_ETCD_PASSWORD_FILE',
    helpValue: 'FILE',
    description: 'file with that user’s password',
  }),
  master: list({...target, env: 'VEARCH_MASTER', description: 'master endpoints, host:port or URL'}),
  router: list({...target, env: 'VEARCH_ROUTER', description: 'router endpoints, host:port or URL'}),
  user: string({...target, env: 'VEARCH_USER', helpValue: 'NAME', description: 'user at masters and routers; root'}),
  'password-file': string({
    ...target,
    env: 'VEARCH_PASSWORD_FILE',
    helpValue: 'FILE',
    description: 'file with that user’s password',
  }),
  cacert: string({...target, helpValue: 'FILE', description: 'certificate authority to trust'}),
  cert: string({...target, helpValue: 'FILE', description: 'own certificate'}),
  key: string({...target, helpValue: 'FILE', description: 'key of the own certificate'}),
  'insecure-skip-verify': boolean({...target, description: 'believe any certificate'}),
  snapshot: string({...target, helpValue: 'FILE', description: 'read an etcd snapshot or a backup, not a cluster'}),
  'passphrase-file': string({
    ...target,
    env: 'VEARCHCTL_PASSPHRASE_FILE',
    helpValue: 'FILE',
    description: 'file with the passphrase of an encrypted backup',
  }),
  at: moment({
    ...target,
    description: 'read as of an etcd revision, or of a time: 2h-ago, 14:02, 2026-08-01T14:02',
  }),
  timeout: duration({
    ...target,
    description: 'time for the whole command, 10s if not said',
  }),
  'node-timeout': duration({
    ...target,
    helpValue: '2s',
    description: 'time for each server that is asked, 2s if not said',
  }),

  output: outputFlag<never>([]),
  json: boolean({...output, description: 'the same as --output json'}),
  quiet: boolean({...output, char: 'q', description: 'ids only; the same as --output name'}),
  columns: list({...output, description: 'columns or fields to show, in this order'}),
  sort: string({...output, helpValue: 'COLUMN[:desc]', description: 'order of the rows'}),
  filter: string({...output, helpValue: 'EXPR', description: 'rows to show: state != "ok" && 3 in replicas'}),
  limit: integer({...output, min: 0, helpValue: 'N', description: 'rows at most'}),
  'no-headers': boolean({...output, description: 'no header line'}),
  'no-truncate': boolean({...output, description: 'cut nothing off, however narrow the terminal'}),
  watch: duration({
    ...output,
    char: 'w',
    helpValue: '2s',
    description: 'again and again: repaint, or print each change as a JSON line',
  }),
  color: string({
    ...output,
    options: ['auto', 'always', 'never'],
    default: 'auto',
    helpValue: 'auto|always|never',
    description: 'NO_COLOR wins',
  }),
  lang: string({...output, env: 'VEARCHCTL_LANG', options: [...languages], description: 'language of messages'}),
  verbose: boolean({...output, char: 'v', description: 'say on stderr whom is asked what'}),
  debug: boolean({...output, description: 'log to stderr; show where an error came from'}),

  yes: boolean({...change, char: 'y', description: 'change without being asked'}),
  'dry-run': boolean({...change, description: 'show what would change, and change nothing'}),
  confirm: string({...change, helpValue: 'CLUSTER', description: 'for what destroys in a protected context'}),
  force: string({
    ...change,
    multiple: true,
    helpValue: 'GUARD',
    description: 'overrule one guard, which the refusal names',
  }),
  'read-only': boolean({...change, env: 'VEARCHCTL_READONLY', description: 'refuse to change anything'}),
}

/** Those of them that take no value. */
export const globalSwitches: ReadonlySet<string> = new Set([
  'help',
  ...Object.entries(globalFlags).flatMap(([name, {type}]) => (type === 'boolean' ? [name] : [])),
])

export const timeoutMsDefault = 10_000
export const nodeTimeoutMsDefault = 2_000
/** `--watch` alone. */
export const watchDefault = '2s'

import {BaseCommand} from '../../src/cli/base-command.js'
import {exitCode} from '../../src/errors/codes.js'

interface ExitRow {
  readonly exit: number
  readonly meaning: string
}

export default class HelpExitCodes extends BaseCommand<typeof HelpExitCodes> {
  static override summary = 'Show what each exit code means; text and --json end with the same one.'
  static override examples = ['<%= config.bin %> help exit-codes']

  async run(): Promise<readonly ExitRow[]> {
    const rows = Object.entries(exitMeanings).map(([name, meaning]) => ({
      exit: exitCode[name as keyof typeof exitCode],
      meaning,
    }))
    const columns = {exit: {get: ({exit}: ExitRow) => exit}, meaning: {get: ({meaning}: ExitRow) => meaning}}
    return this.render({rows, source: null, problems: []}, {name: ({exit}) => String(exit), columns})
  }
}

const exitMeanings: Readonly<Record<keyof typeof exitCode, string>> = {
  ok: 'done; healthy; no difference',
  unexpected: 'unexpected failure: a fault of vearchctl or of the cluster',
  usage: 'the command line is wrong',
  notFound: 'what was named does not exist',
  unreachable: 'could not ask, or no answer in time (which is not "unhealthy")',
  denied: 'authentication or permission',
  guardFailed: 'a guard refused: changed meanwhile, in use, quorum would be lost',
  unconfirmed: 'needs a confirmation, or it was declined',
  partial: 'part of the answer is missing, and said to be',
  degraded: 'warnings were found',
  critical: 'errors were found',
  different: 'differences were found',
  foreignNodeId: 'the data directory belongs to another cluster',
  nodeIdLive: 'another live node has this node’s id',
  portTaken: 'a port is in use',
  dataUnwritable: 'a data directory cannot be written',
  dataLocked: 'another process has the data directory',
  configInvalid: 'the configuration has faults',
  etcdMissing: 'there is no etcd to run',
  dataCorrupt: 'data on disk or in the metadata cannot be read',
  dataTooNew: 'data on disk is of a newer version of this program',
  timedOut: 'a condition that was waited for did not come true',
  interrupted: 'interrupted',
}

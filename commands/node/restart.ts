import {restartNodes, restartsOf} from '../../src/admin/nodes/restart-nodes.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {restartedView} from '../../src/cli/node-card-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {boolean, integer} from '../../src/cli/parameters/flags.js'
import {shown} from '../../src/cli/view.js'
import {CodedError} from '../../src/errors/coded-error.js'

const restartTimeoutMs = 600_000

export default class NodeRestart extends BaseCommand<typeof NodeRestart> {
  protected override readonly timeoutMs = restartTimeoutMs
  static override strict = false
  static override summary = 'Restart partition servers of this machine, one after the other.'
  static override description =
    'Each is stopped, started in the background, and waited for until all that it holds is well; those that lead least go first. With --max-unavailable so many are down together. Refused where partitions would be left without a majority. On other machines nobody is there to start one again: vearchctl node stop ID, if something looks after its process that does.'
  static override examples = [
    '<%= config.bin %> node restart ps1.toml ps2.toml --rolling --conf ps1.toml',
    '<%= config.bin %> node restart ps*.toml --max-unavailable 2 --conf ps1.toml',
    '<%= config.bin %> node restart ps1.toml --dry-run --conf ps1.toml',
  ]
  static override args = {file: string({description: 'configuration files of the servers', required: true})}
  static override flags = {
    rolling: boolean({description: 'one after the other, as it always is', default: true}),
    'max-unavailable': integer({description: 'servers that are down together', min: 1, default: 1, helpValue: 'N'}),
    'leaders-last': boolean({
      description: 'those that lead least first; --no-leaders-last: in the order in which they are named',
      default: true,
      allowNo: true,
    }),
    'wait-healthy': boolean({
      description: 'go on when all that a server holds is well; --no-wait-healthy: as soon as it serves',
      default: true,
      allowNo: true,
    }),
  }

  async run() {
    if (this.argvWords.length === 0)
      throw new CodedError('USAGE', 'no server is named', {hint: 'node restart ps1.toml'})
    const {'max-unavailable': unavailableMax, 'leaders-last': leadersLast, 'wait-healthy': waitHealthy} = this.flags
    const {plan, groups} = await restartsOf(this.session, this.argvWords, {unavailableMax, leadersLast})
    const care = {waitHealthy, forced: this.globals.force ?? []}
    return this.carryOut(plan, async (writer) =>
      shown(await restartNodes(this.session, writer, groups, care), restartedView),
    )
  }
}

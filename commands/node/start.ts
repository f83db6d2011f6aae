import type {ReadyNode} from '../../src/admin/start-node.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {findingLine, startedView, stepLine} from '../../src/cli/node-view.js'
import {say} from '../../src/cli/output.js'
import {string as stringArg} from '../../src/cli/parameters/args.js'
import {string} from '../../src/cli/parameters/flags.js'
import {StopSignals} from '../../src/cli/stop-signals.js'
import {type Result, shown} from '../../src/cli/view.js'
import {everyRole} from '../../src/config/key.js'

export default class NodeStart extends BaseCommand<typeof NodeStart> {
  static override summary = 'Start roles in this process and keep them running until a signal stops it.'
  static override description =
    `Without --conf it is a whole cluster on loopback with its data under ./vearch-data, and needs no etcd.

Each step is shown on stderr as it is done; when everything serves, the addresses are printed on stdout. SIGINT and SIGTERM stop the node in order, a second one at once.`
  static override examples = [
    '<%= config.bin %> node start all',
    '<%= config.bin %> node start ps --conf config.toml',
    '<%= config.bin %> node start master router --conf config.toml --master m2',
  ]
  static override args = {
    role: stringArg({
      description: 'roles to start; all of them if absent',
      options: [...everyRole, 'all'],
      multiple: true,
    }),
  }
  static override flags = {
    master: string({description: 'which [[masters]] entry this is, if its address does not tell', helpValue: 'NAME'}),
    'data-dir': string({description: 'data directory, instead of the configuration’s', helpValue: 'DIR'}),
  }

  async run(): Promise<Result<ReadyNode>> {
    const asked = this.args.role ?? []
    const {startRoles} = await import('../../src/admin/start-node.js')
    const signals = new StopSignals()
    const node = await startRoles(
      this.env,
      {
        conf: this.globals.conf ?? null,
        roles: asked.includes('all') ? everyRole : everyRole.filter((role) => asked.includes(role)),
        masterName: this.flags.master ?? null,
        dataDirectory: this.flags['data-dir'] ?? null,
        logsToConsole: this.globals.debug,
        environment: this.environment,
      },
      {onFinding: (finding) => say(findingLine(finding)), onStep: (step) => say(stepLine(step))},
    )
    signals.whenStarted()
    const afterwards = async () => {
      const end = await Promise.race([signals.first, node.failed])
      say(typeof end === 'string' ? `${end}: stopping` : `stopping: ${end.message}`)
      await node.stop()
      signals.release()
      if (typeof end !== 'string') throw end
      say('stopped')
    }
    return {...shown({rows: [node.ready], source: null, warnings: []}, startedView), afterwards}
  }
}

import {look} from '../../src/admin/look.js'
import {runningNode, stopNode} from '../../src/admin/nodes/stop-node.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {stoppedView} from '../../src/cli/node-card-view.js'
import {string} from '../../src/cli/parameters/flags.js'
import {shown} from '../../src/cli/view.js'

const stopTimeoutMs = 60_000

export default class NodeStop extends BaseCommand<typeof NodeStop> {
  protected override readonly timeoutMs = stopTimeoutMs
  static override summary = 'Stop the partition server on this machine, and wait until it has.'
  static override description =
    'The one that has the data directory of --conf, or --data-dir. Refused where partitions would be left without a majority; vearchctl node drain --leaders-only first makes it gentler.'
  static override examples = [
    '<%= config.bin %> node stop --conf ps3.toml',
    '<%= config.bin %> node stop --data-dir /data/3',
  ]
  static override flags = {
    'data-dir': string({description: 'its data directory; the configuration’s first if absent', helpValue: 'DIR'}),
  }

  async run() {
    const directory = this.flags['data-dir'] ?? (await this.session.config()).global.data[0] ?? '.'
    const running = await runningNode(this.session, directory, await look(this.session))
    return this.carryOut(running.plan, async (writer) =>
      shown({rows: [await stopNode(this.session, writer, running)], source: null, warnings: []}, stoppedView),
    )
  }
}

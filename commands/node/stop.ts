import {remoteNode, runningNode, stopNode, stopRemote} from '../../src/admin/nodes/stop-node.js'
import {look} from '../../src/admin/picture/look.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {stoppedView} from '../../src/cli/node-card-view.js'
import {integer} from '../../src/cli/parameters/args.js'
import {string} from '../../src/cli/parameters/flags.js'
import {shown} from '../../src/cli/view.js'
import {type NodeId, nodeId} from '../../src/entity/ids.js'

const stopTimeoutMs = 60_000

export default class NodeStop extends BaseCommand<typeof NodeStop> {
  protected override readonly timeoutMs = stopTimeoutMs
  static override summary = 'Stop a partition server, and wait until it has.'
  static override description =
    'The one that is named, on any machine, if it is of our kind; without a name the one of this machine that has the data directory of --conf, or --data-dir. It hands leadership over and finishes what is under way; who looks after its process may start it again. Refused where partitions would be left without a majority, or where other roles would end with it.'
  static override examples = [
    '<%= config.bin %> node stop 3',
    '<%= config.bin %> node stop --conf ps3.toml',
    '<%= config.bin %> node stop --data-dir /data/3',
  ]
  static override args = {id: integer({description: 'the server; the one of this machine if absent', min: 1})}
  static override flags = {
    'data-dir': string({description: 'its data directory; the configuration’s first if absent', helpValue: 'DIR'}),
  }

  async run() {
    if (this.args.id !== undefined) return this.#stopRemote(nodeId(this.args.id))
    const directory = this.flags['data-dir'] ?? (await this.session.config()).global.data[0] ?? '.'
    const running = await runningNode(this.session, directory, await look(this.session))
    return this.carryOut(running.plan, async (writer) =>
      shown({rows: [await stopNode(this.session, writer, running)], source: null, warnings: []}, stoppedView),
    )
  }

  async #stopRemote(id: NodeId) {
    const remote = await remoteNode(this.session, id, await look(this.session))
    return this.carryOut(remote.plan, async (writer) =>
      shown({rows: [await stopRemote(this.session, writer, remote)], source: null, warnings: []}, stoppedView),
    )
  }
}

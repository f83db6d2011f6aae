import {overrule} from '../../src/admin/changes/proposal.js'
import {heldBy} from '../../src/admin/nodes/decommission-status.js'
import {type NodeProcess, namedProcess, remoteNode, runningNode, stopNode} from '../../src/admin/nodes/stop-node.js'
import {look} from '../../src/admin/picture/look.js'
import {lookUntil} from '../../src/admin/picture/look-until.js'
import type {ClusterPicture} from '../../src/admin/picture/picture.js'
import {planDrain} from '../../src/admin/plan/node-plans.js'
import {duration} from '../../src/cli/duration-flag.js'
import {stoppedView} from '../../src/cli/node-card-view.js'
import {integer} from '../../src/cli/parameters/args.js'
import {boolean, string} from '../../src/cli/parameters/flags.js'
import {PlanCommand} from '../../src/cli/plan-command.js'
import {shown} from '../../src/cli/view.js'
import {type NodeId, nodeId, type PartitionId} from '../../src/entity/ids.js'
import {CodedError} from '../../src/errors/coded-error.js'

const stopTimeoutMs = 60_000

export default class NodeStop extends PlanCommand<typeof NodeStop> {
  static override summary = 'Stop a partition server, and wait until it has.'
  static override description =
    'The one that is named, on any machine, if it is of our kind; without a name the one of this machine that has the data directory of --conf, or --data-dir, or whose process --pid-file names. It hands leadership over and finishes what is under way; who looks after its process may start it again. Refused where partitions would be left without a majority, or where other roles would end with it. With --drain it is stopped only when nothing is left on it; cordon it first, or placement may fill it again.'
  static override examples = [
    '<%= config.bin %> node stop 3',
    '<%= config.bin %> node stop 3 --drain --yes',
    '<%= config.bin %> node stop --conf ps3.toml --graceful 5m',
    '<%= config.bin %> node stop --data-dir /data/3',
    '<%= config.bin %> node stop --conf config.toml --pid-file /run/ps.pid',
  ]
  static override args = {id: integer({description: 'the server; the one of this machine if absent', min: 1})}
  static override flags = {
    'data-dir': string({description: 'its data directory; the configuration’s first if absent', helpValue: 'DIR'}),
    'pid-file': string({
      description: 'names its process; a process of that id that has no data directory is left alone',
      helpValue: 'FILE',
      exclusive: ['data-dir'],
    }),
    graceful: duration({
      description: 'how long it may take to end in order, instead of --timeout; it is never killed',
      helpValue: '30s',
    }),
    drain: boolean({description: 'move all replicas off first, as vearchctl node drain does'}),
  }

  async run() {
    if (!this.flags.drain) this.timeoutMs = stopTimeoutMs
    const picture = await look(this.session)
    const running = await this.#find(picture)
    if (this.flags.drain) return this.#drainAndStop(running, picture)
    return this.carryOut(running.plan, (writer) => this.#stop(writer, running))
  }

  async #find(picture: ClusterPicture): Promise<NodeProcess> {
    const {'data-dir': directory, 'pid-file': pidFile} = this.flags
    const {id} = this.args
    if (id !== undefined && (directory ?? pidFile) !== undefined) {
      throw new CodedError('USAGE', 'a server is named by its id, or by --data-dir or --pid-file')
    }
    if (id !== undefined) return remoteNode(this.session, nodeId(id), picture)
    if (pidFile !== undefined) return namedProcess(this.session, pidFile, picture)
    return runningNode(this.session, directory ?? (await this.session.config()).global.data[0] ?? '.', picture)
  }

  #drainAndStop(running: NodeProcess, picture: ClusterPicture) {
    const [node, ...others] = running.nodes
    if (node === undefined || others.length > 0) {
      throw new CodedError(
        'GUARD_FAILED',
        `--drain is for one server; process ${running.pid} is ${running.nodes.length}`,
      )
    }
    // that they would lose it is what the drain is for
    const objections = running.plan.objections.filter(({guard}) => guard !== 'quorum')
    return this.proposeBefore((now) => planDrain(now, node, {force: this.forced}), picture, {
      proposal: {...running.plan, objections},
      act: async (writer) => {
        const empty = await lookUntil(this.session, (now) => heldBy(now, node).length === 0)
        const left = heldBy(empty, node)
        if (left.length > 0) throw notEmpty(node, left)
        const still = await this.#find(empty)
        overrule(still.plan, this.globals.force ?? [])
        return this.#stop(writer, still)
      },
    })
  }

  async #stop(writer: Parameters<typeof stopNode>[1], running: NodeProcess) {
    const rows = await stopNode(this.session, writer, running, {graceMs: this.flags.graceful ?? null})
    return shown({rows, source: null, warnings: []}, stoppedView)
  }
}

function notEmpty(node: NodeId, left: readonly PartitionId[]): CodedError {
  return new CodedError('GUARD_FAILED', `partitions ${left.join(', ')} still count on node ${node}`, {
    hint: `it was not stopped; see what they wait for: vearchctl node decommission status ${node}`,
  })
}

import type {GuardedWriter} from '../../src/admin/changes/guarded-writer.js'
import {overrule} from '../../src/admin/changes/proposal.js'
import type {RegisteredNode, RegisterRequest} from '../../src/admin/nodes/register-node.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {registeredView} from '../../src/cli/node-view.js'
import {say} from '../../src/cli/output.js'
import {boolean, integer, string} from '../../src/cli/parameters/flags.js'
import {port} from '../../src/cli/port-flag.js'
import {type Result, shown} from '../../src/cli/view.js'
import {nodeId} from '../../src/entity/ids.js'
import {CodedError} from '../../src/errors/coded-error.js'

const serverFlags = [
  'data-dir',
  'node-id',
  'allocate',
  'rpc-port',
  'raft-heartbeat-port',
  'raft-replicate-port',
] as const

export default class NodeRegister extends BaseCommand<typeof NodeRegister> {
  static override summary = 'Register this partition server with the masters, without starting it.'
  static override description =
    'Takes a node id if the data directory has none, and shows the address and the partitions that the masters answer with; or why they refuse. With --role router: whether this machine would be admitted as one, and where it is seen; nothing is written down. It keeps no lease: a lease without a server behind it would invite replicas to it, so vearchctl node start holds it, and LEASE shows that of one that runs.'
  static override examples = [
    '<%= config.bin %> node register --conf config.toml',
    '<%= config.bin %> node register --conf config.toml --yes --json',
    '<%= config.bin %> node register --role ps --ip 10.0.1.9 --rpc-port 8081 --data-dir /data',
    '<%= config.bin %> node register --role router --ip 10.0.1.9',
  ]
  static override flags = {
    role: string({description: 'what it is', options: ['ps', 'router'], default: 'ps'}),
    ip: string({description: 'refuse if the masters see this machine under another address', helpValue: 'ADDRESS'}),
    'data-dir': string({description: 'its data directory; the configuration’s first if absent', helpValue: 'DIR'}),
    'rpc-port': port({description: 'instead of the configuration’s; refused where another server has it'}),
    'raft-heartbeat-port': port({description: 'instead of the configuration’s; refused where another server has it'}),
    'raft-replicate-port': port({description: 'instead of the configuration’s; refused where another server has it'}),
    'node-id': integer({
      description: 'id of a new partition server, above all that were given out; the next one if absent',
      min: 1,
      helpValue: 'N',
    }),
    allocate: boolean({
      description: 'take the next id if the data directory has none, as without it',
      exclusive: ['node-id'],
    }),
    once: boolean({description: 'register and end, as it always does'}),
  }

  async run(): Promise<Result<unknown>> {
    return this.flags.role === 'router' ? this.#router() : this.#server()
  }

  async #router(): Promise<Result<RegisteredNode>> {
    const stray = serverFlags.find((name) => this.flags[name] !== undefined)
    if (stray !== undefined) throw new CodedError('USAGE', `--${stray} is of a partition server, and this is a router`)
    const {registerRouter} = await import('../../src/admin/nodes/register-node.js')
    const {router} = await this.session.config()
    const {ip = null} = this.flags
    return shown(await registerRouter(this.session, {ip, port: router.port}), registeredView)
  }

  async #server(): Promise<Result<unknown>> {
    const {registerNode, registrationPlan} = await import('../../src/admin/nodes/register-node.js')
    const request = await this.#request()
    const plan = await registrationPlan(this.session, request)
    const register = async (writer: GuardedWriter | null) =>
      shown<RegisteredNode>(await registerNode(this.session, writer, request), registeredView)
    if (plan.steps.length > 0) return this.carryOut(plan, register)
    overrule(plan, this.globals.force ?? [])
    return register(null)
  }

  async #request(): Promise<RegisterRequest> {
    const {global, ps} = await this.session.config()
    const {ip = null, 'node-id': id, ...flags} = this.flags
    return {
      directory: flags['data-dir'] ?? global.data[0] ?? '.',
      namedId: id === undefined ? null : nodeId(id),
      ip,
      ports: {
        rpc_port: flags['rpc-port'] ?? ps.rpc_port,
        raft_heartbeat_port: flags['raft-heartbeat-port'] ?? ps.raft_heartbeat_port,
        raft_replicate_port: flags['raft-replicate-port'] ?? ps.raft_replicate_port,
      },
      onRetry,
    }
  }
}

const onRetry = (reason: string) => say(`retrying: ${reason}`)

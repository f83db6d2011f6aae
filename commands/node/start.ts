import type {Instead, ReadyNode, StartedNode, StartRequest} from '../../src/admin/nodes/start-node.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {duration} from '../../src/cli/duration-flag.js'
import {findingLine, startedView, stepLine} from '../../src/cli/node-view.js'
import {say} from '../../src/cli/output.js'
import {string as stringArg} from '../../src/cli/parameters/args.js'
import {boolean, integer, string} from '../../src/cli/parameters/flags.js'
import {port} from '../../src/cli/port-flag.js'
import {StopSignals} from '../../src/cli/stop-signals.js'
import {type Result, shown} from '../../src/cli/view.js'
import {withoutFlags} from '../../src/cli/without-flags.js'
import {everyRole, type RoleName} from '../../src/config/key.js'
import type {Finding} from '../../src/config/loaded.js'
import {type StartPlace, serverData, serversMax, startData} from '../../src/config/own-servers.js'
import {type NodeId, nodeId} from '../../src/entity/ids.js'
import {writePrivately} from '../../src/env/private-file.js'
import {CodedError} from '../../src/errors/coded-error.js'

type NodeStep = Parameters<typeof stepLine>[0]

const waitMsDefault = 60_000

export default class NodeStart extends BaseCommand<typeof NodeStart> {
  static override summary = 'Start roles in this process and keep them running until a signal stops it.'
  static override description =
    `Without --conf it is a whole cluster on loopback with its data under ./vearch-data, and needs no etcd. With --ps 3 it has three partition servers, and so replicas: the first is the one that it has without, the others have directories of their own, ps2 and so on, in its data directory, and ports that are 10, 20 and so on higher.

With --detach they run in a process of their own. Each step is shown on stderr as it is done; when everything serves, the addresses are printed on stdout. SIGINT and SIGTERM stop the node in order, a second one at once.

A partition server keeps the id that is in its data directory, and a new one gets the next. With --node-id a new one gets that id, and the sequence of ids moves up to it; ids between are left out. It is refused where the directory is another node's, and for every id that was given out before, whatever became of it: a machine that comes back with that server's data would vote a second time under it. A server that lost its data starts without it, and takes the old one's place with vearchctl node replace.`
  static override examples = [
    '<%= config.bin %> node start all',
    '<%= config.bin %> node start all --ps 3',
    '<%= config.bin %> node start ps --conf config.toml',
    '<%= config.bin %> node start ps --conf config.toml --preflight strict --detach --pid-file /run/ps.pid',
    '<%= config.bin %> node start ps --conf config.toml --node-id 7',
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
    name: string({description: 'the same as --master', helpValue: 'NAME', exclusive: ['master']}),
    'api-port': port({description: 'of the master'}),
    ps: integer({
      description: 'so many partition servers in this process',
      min: 1,
      max: serversMax,
      default: 1,
      helpValue: 'N',
    }),
    'data-dir': string({
      description: 'data directories, instead of the configuration’s; partitions are spread over them',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'DIR',
    }),
    'node-id': integer({
      description: 'id of a new partition server, above all that were given out; the next one if absent',
      min: 1,
      helpValue: 'N',
    }),
    'rpc-port': port({description: 'of a partition server; a router’s has no service behind it, as in Vearch'}),
    'raft-heartbeat-port': port({description: 'of a partition server'}),
    'raft-replicate-port': port({description: 'of a partition server'}),
    resource: string({description: 'the pool that a partition server belongs to', helpValue: 'NAME'}),
    private: boolean({description: 'only databases that name this partition server get it', allowNo: true}),
    zone: string({description: 'where the machine stands; VEARCH_HOST_ZONE', helpValue: 'NAME'}),
    rack: string({description: 'and in which rack; VEARCH_HOST_RACK', helpValue: 'NAME'}),
    port: port({description: 'of a router'}),
    preflight: string({
      description:
        'look first what the start of a partition server would do to its data; strict: refuse where it would do harm',
      options: ['warn', 'strict'],
    }),
    'pid-file': string({description: 'holds the process’s id while it runs', helpValue: 'FILE'}),
    foreground: boolean({description: 'in this process, as without --detach', exclusive: ['detach']}),
    detach: boolean({description: 'in the background; this command ends when everything serves'}),
    wait: duration({description: 'for so long, with --detach; 1m if not said', dependsOn: ['detach']}),
    'log-file': string({
      description: 'what the start prints, with --detach',
      helpValue: 'FILE',
      dependsOn: ['detach'],
    }),
  }

  async run(): Promise<Result<ReadyNode>> {
    const roles = this.#roles()
    const who = {roles, nodeId: this.#namedId(roles), servers: this.#servers(roles)}
    if (this.flags.preflight !== undefined && roles.includes('ps')) await this.#preflight()
    if (this.flags.detach) return this.#startInBackground()
    const {tellFailure, tellReady} = await import('../../src/admin/nodes/start-detached.js')
    const pidFile = this.flags['pid-file'] ?? null
    try {
      const started = await this.#start(who, pidFile)
      tellReady(process.env, started.node.ready)
      return this.#serving(started, pidFile)
    } catch (thrown) {
      tellFailure(process.env, thrown)
      throw thrown
    }
  }

  async #start(who: Pick<StartRequest, 'roles' | 'nodeId' | 'servers'>, pidFile: string | null) {
    const {startRoles} = await import('../../src/admin/nodes/start-node.js')
    const signals = new StopSignals()
    if (pidFile !== null) await writePrivately(pidFile, `${process.pid}\n`)
    const request = {
      ...who,
      ...this.#startPlace(),
      masterName: this.flags.master ?? this.flags.name ?? null,
      instead: this.#instead(who.roles),
      logsToConsole: this.globals.debug,
      environment: this.#place(),
    }
    const hooks = {
      onFinding: (finding: Finding) => say(findingLine(finding)),
      onStep: (step: NodeStep) => say(stepLine(step)),
    }
    try {
      const node = await startRoles(this.env, request, hooks)
      signals.whenStarted()
      return {node, signals}
    } catch (thrown) {
      if (pidFile !== null) await this.env.disk.remove(pidFile)
      throw thrown
    }
  }

  #serving({node, signals}: {node: StartedNode; signals: StopSignals}, pidFile: string | null): Result<ReadyNode> {
    const afterwards = async () => {
      const end = await Promise.race([signals.first, node.failed])
      say(typeof end === 'string' ? `${end}: stopping` : `stopping: ${end.message}`)
      await node.stop()
      signals.release()
      if (pidFile !== null) await this.env.disk.remove(pidFile)
      if (typeof end !== 'string') throw end
      say('stopped')
    }
    return {...shown({rows: [node.ready], source: null, warnings: []}, startedView), afterwards}
  }

  async #startInBackground(): Promise<Result<ReadyNode>> {
    const {startInBackground} = await import('../../src/admin/nodes/start-detached.js')
    const request = {
      words: [
        'node',
        'start',
        ...withoutFlags(this.argv, {switches: ['detach'], valued: ['wait', 'log-file', 'preflight']}),
      ],
      output: this.flags['log-file'] ?? null,
      waitMs: this.flags.wait ?? waitMsDefault,
    }
    const ready = await startInBackground<ReadyNode>(this.env, request, this.interrupt)
    return shown({rows: [ready], source: null, warnings: []}, startedView)
  }

  /** Errors: GUARD_FAILED, where it is strict and there would be harm; those of a look at the metadata. */
  async #preflight(): Promise<void> {
    const [{look}, {preflight}] = await Promise.all([
      import('../../src/admin/picture/look.js'),
      import('../../src/admin/nodes/preflight.js'),
    ])
    const directories = startData(await this.session.config(), this.#startPlace())
    const dataDirectories = Array.from({length: this.flags.ps}, (_, at) => serverData(directories, at))
    const lines = preflight(await look(this.session, {dataDirectories}))
    // whatever takes long from here on is no look at the cluster
    this.session.end()
    for (const {check, verdict, detail} of lines) say(`preflight: ${check} ${verdict}: ${detail}`)
    const against = lines.filter(({verdict}) => verdict === 'harm' || verdict === 'refused')
    if (against.length === 0 || this.flags.preflight === 'warn') return
    throw new CodedError('GUARD_FAILED', against.map(({detail}) => detail).join('; '), {
      hint: 'nothing was started; --preflight warn starts all the same',
    })
  }

  #startPlace(): StartPlace {
    return {conf: this.globals.conf ?? null, dataDirectories: this.flags['data-dir'] ?? null}
  }

  #roles(): readonly RoleName[] {
    const asked = this.args.role ?? []
    return asked.length === 0 || asked.includes('all') ? everyRole : everyRole.filter((role) => asked.includes(role))
  }

  /** Errors: USAGE. */
  #namedId(roles: readonly RoleName[]): NodeId | null {
    const id = this.flags['node-id']
    if (id === undefined) return null
    if (this.flags.ps > 1)
      throw new CodedError('USAGE', '--node-id is of one partition server, and --ps starts several')
    if (roles.includes('ps')) return nodeId(id)
    throw new CodedError('USAGE', '--node-id is of a partition server, and none is to be started')
  }

  /** Errors: USAGE. */
  #servers(roles: readonly RoleName[]): number {
    const {ps: servers} = this.flags
    if (servers === 1 || roles.includes('ps')) return servers
    throw new CodedError('USAGE', '--ps is of partition servers, and none is to be started')
  }

  #instead(roles: readonly RoleName[]): Instead {
    const {port: routerPort, resource, private: isPrivate, ...flags} = this.flags
    const said = <T extends object>(fields: T) =>
      Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
    return {
      ps: said({
        rpc_port: flags['rpc-port'],
        raft_heartbeat_port: flags['raft-heartbeat-port'],
        raft_replicate_port: flags['raft-replicate-port'],
        private: isPrivate,
      }),
      router: said({port: routerPort, rpc_port: roles.includes('ps') ? undefined : flags['rpc-port']}),
      master: said({api_port: flags['api-port']}),
      global: said({resource_name: resource}),
    }
  }

  #place() {
    const {zone = this.environment.VEARCH_HOST_ZONE, rack = this.environment.VEARCH_HOST_RACK} = this.flags
    return {...this.environment, VEARCH_HOST_ZONE: zone, VEARCH_HOST_RACK: rack}
  }
}

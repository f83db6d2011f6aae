/**
 * Starts roles in this process: reads the configuration, opens the node's log, and hands both to the composition root.
 */
import {resolve} from 'node:path'
import type {Config, MasterConfig} from '../../config/config.js'
import {embeddedConfig} from '../../config/embedded.js'
import {everyRole, type RoleName} from '../../config/key.js'
import {type Finding, requireConfig} from '../../config/loaded.js'
import {type StartPlace, startData} from '../../config/own-servers.js'
import type {NodeId} from '../../entity/ids.js'
import {failpointsFrom} from '../../env/armed-failpoints.js'
import type {Env} from '../../env/env.js'
import {openLog} from '../../env/log-file.js'
import {OwnProcess} from '../../env/own-process.js'
import {CodedError} from '../../errors/coded-error.js'
import type {NodeStep} from '../../node/cluster-node.js'
import {readConfig} from '../config/read-config.js'

export interface StartRequest extends StartPlace {
  /** Every role if empty. */
  readonly roles: readonly RoleName[]
  readonly masterName: string | null
  /** Of a partition server that is new; null: the next one. */
  readonly nodeId: NodeId | null
  /** Partition servers of this process. */
  readonly servers: number
  /** Instead of the configuration's. */
  readonly instead: Instead
  readonly logsToConsole: boolean
  readonly environment: Readonly<Record<string, string | undefined>>
}

export interface Instead {
  readonly ps: Partial<Pick<Config['ps'], 'rpc_port' | 'raft_heartbeat_port' | 'raft_replicate_port' | 'private'>>
  readonly router: Partial<Pick<Config['router'], 'port' | 'rpc_port'>>
  /** The one that this is. */
  readonly master: Partial<Pick<MasterConfig, 'api_port'>>
  readonly global: Partial<Pick<Config['global'], 'resource_name'>>
}

export interface StartHooks {
  onFinding(finding: Finding): void
  onStep(step: NodeStep): void
}

export interface ReadyNode {
  readonly pid: number
  readonly roles: readonly RoleName[]
  readonly addresses: readonly string[]
  readonly logFile: string
  readonly startMs: number
}

export interface StartedNode {
  readonly ready: ReadyNode
  /** Resolves if the node cannot go on; it is still to be stopped. */
  readonly failed: Promise<CodedError>
  /** Idempotent. */
  stop(): Promise<void>
}

/** Errors: CONFIG_ERROR with every fault of the file, and those of the roles' starts. */
export async function startRoles(env: Env, request: StartRequest, hooks: StartHooks): Promise<StartedNode> {
  const startedAtMs = env.clock.nowMs()
  const roles = request.roles.length === 0 ? everyRole : everyRole.filter((role) => request.roles.includes(role))
  const config = await effectiveConfig(env, request, hooks)
  // all that a node is made of, once the file is known to be sound
  const {startNode} = await import('../../node/cluster-node.js')
  const {log: directory, level, log_file_num: files, log_file_size: sizeMiB} = config.global
  await env.disk.makeDirectory(directory)
  const stem = roles.length === everyRole.length ? 'ALL' : roles.map((role) => role.toUpperCase()).join('-')
  const log = openLog({directory, stem, level, files, sizeMiB, toConsole: request.logsToConsole})
  try {
    const failpoints = failpointsFrom(request.environment, {...env, log})
    const node = await startNode({
      config,
      hasConfigFile: request.conf !== null,
      roles,
      ...(request.masterName === null ? {} : {masterName: request.masterName}),
      ...(request.nodeId === null ? {} : {nodeId: request.nodeId}),
      servers: request.servers,
      env: {...env, log, failpoints},
      process: new OwnProcess({roles, log, logDirectory: directory, disk: env.disk, clock: env.clock}),
      environment: request.environment,
      onStep: hooks.onStep,
    })
    const startMs = Math.round(env.clock.nowMs() - startedAtMs)
    return {
      ready: {pid: process.pid, roles, addresses: node.addresses, logFile: log.path, startMs},
      failed: node.failed,
      stop: () => node.stop().finally(() => log.close()),
    }
  } catch (thrown) {
    log.error('node.start.failed', {error: thrown})
    await log.close()
    throw thrown
  }
}

/** Paths are made absolute: what they mean must not change with the working directory. */
async function effectiveConfig(env: Env, request: StartRequest, hooks: StartHooks): Promise<Config> {
  const {conf, dataDirectories, instead} = request
  const loaded = conf === null ? embeddedConfig(dataDirectories?.[0]) : await readConfig(env, conf)
  const config = requireConfig(loaded)
  for (const finding of loaded.findings) if (finding.severity === 'warning') hooks.onFinding(finding)
  return {
    ...config,
    global: {
      ...config.global,
      ...instead.global,
      data: startData(config, request).map((path) => resolve(path)),
      log: resolve(config.global.log),
    },
    masters: mastersWith(config.masters, request),
    ps: {...config.ps, ...instead.ps},
    router: {...config.router, ...instead.router},
  }
}

/** The other roles of this process find it there, too. Errors: USAGE where it is not clear which is meant. */
function mastersWith(masters: readonly MasterConfig[], {instead, masterName}: StartRequest): readonly MasterConfig[] {
  if (Object.keys(instead.master).length === 0) return masters
  if (masters.length > 1 && masterName === null) {
    throw new CodedError('USAGE', '--api-port is of one master, and there are several', {hint: 'say which with --name'})
  }
  return masters.map((each) => (masters.length === 1 || each.name === masterName ? {...each, ...instead.master} : each))
}

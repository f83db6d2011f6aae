/**
 * The composition root: from a configuration to running roles, and back.
 *
 * Everything long-lived of a process is made here and handed to whoever needs it; nothing below knows how it came about.
 *
 * Order of the start: metadata, then master, partition server, router, so that each finds what it asks for; the stop is
 * the reverse. A start that fails stops what it had started before it reports. Roles of one process share the metadata
 * store and the rpc client, and know nothing else of each other.
 *
 * Reading order: this file, `metadata-choice.ts` and `metadata.ts` (where the metadata lives), `own-master.ts`,
 * `start-stack.ts`, `roles.ts` (what each role is given).
 */
import {networkInterfaces} from 'node:os'
import type {Config} from '../config/config.js'
import type {RoleName} from '../config/key.js'
import {serverConfig} from '../config/own-servers.js'
import type {NodeId} from '../entity/ids.js'
import type {Env} from '../env/env.js'
import type {OwnProcess} from '../env/own-process.js'
import type {CodedError} from '../errors/coded-error.js'
import {Keys} from '../meta/keys.js'
import {assertPortsFree} from '../ps/ports.js'
import {RpcClient} from '../rpc/client.js'
import {listenHost} from './listen-host.js'
import {openMetadata} from './metadata.js'
import {httpPorts} from './node-ports.js'
import {nodeTls} from './node-tls.js'
import {ownMaster} from './own-master.js'
import {type NodeParts, startMaster, startPartitionServer, startRouter} from './roles.js'
import {type NodeStep, StartStack} from './start-stack.js'

export type {NodeStep} from './start-stack.js'

export interface NodeOptions {
  readonly config: Config
  /** False for the embedded default: it never looks for an etcd. */
  readonly hasConfigFile: boolean
  /** At least one. */
  readonly roles: readonly RoleName[]
  /** Which `[[masters]]` entry this is; by default the first with an address of this host. */
  readonly masterName?: string
  /** Of a partition server that is new; the next one if absent. */
  readonly nodeId?: NodeId
  /** Partition servers, where that is a role; 1 if absent. */
  readonly servers?: number
  readonly env: Env
  /** Handed over where the whole process is this node: then it can be operated from other machines. */
  readonly process?: OwnProcess
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly onStep: (step: NodeStep) => void
}

export interface RunningNode {
  /** What was opened, for people: `router http://127.0.0.1:9001`. */
  readonly addresses: readonly string[]
  /** Resolves if the node cannot go on by itself: its etcd gave up, its log cannot be written. The caller stops it. */
  readonly failed: Promise<CodedError>
  /** Hands over, finishes what is under way, closes. Idempotent. */
  stop(): Promise<void>
}

/** Errors: those of the roles' starts, each with its own exit code. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const {config, env, roles, masterName, environment, process, servers = 1} = options
  const stack = new StartStack(env.clock, env.log, options.onStep)
  let fail: (error: CodedError) => void = () => {}
  const failed = new Promise<CodedError>((resolve) => {
    fail = resolve
  })
  try {
    const master = roles.includes('master') ? ownMaster(config, masterName, isLocal) : null
    const tls = config.tls === null ? undefined : await nodeTls(env.disk, config.tls)
    await assertPortsFree(env.network, listenHost(config), httpPorts(config, roles, master))
    const store = await openMetadata(stack, {...options, master, fail})
    const authKey = config.global.signkey
    const rpc = new RpcClient(env, {authKey, inFlightMax: config.router.concurrent_num, tls: tls?.dial})
    const keys = new Keys(config.global.name)
    const parts: NodeParts = {config, env, process, environment, store, keys, rpc, tls, stack, fail}
    const addresses: string[] = []
    if (master !== null) addresses.push(await startMaster(parts, master))
    for (let at = 0; roles.includes('ps') && at < servers; at++) {
      const own = {...parts, config: serverConfig(config, at), env: servers === 1 ? env : withServer(env, at)}
      addresses.push(await startPartitionServer(own, {...options, role: at === 0 ? 'ps' : `ps${at + 1}`}))
    }
    if (roles.includes('router')) addresses.push(await startRouter(parts))
    return {
      addresses,
      failed,
      stop: async () => {
        await stack.stop()
        await rpc.stop()
        await store.close()
      },
    }
  } catch (thrown) {
    await stack.stop()
    throw thrown
  }
}

/** They log into one file. */
function withServer(env: Env, at: number): Env {
  return {...env, log: env.log.child({server: at + 1})}
}

/** Whether an address belongs to this host. A name counts if it is the loopback's; others are for `--master`. */
function isLocal(address: string): boolean {
  if (address === 'localhost' || address === '0.0.0.0') return true
  return Object.values(networkInterfaces()).some((each) => each?.some((one) => one.address === address))
}

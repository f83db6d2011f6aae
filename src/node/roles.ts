/**
 * What each role is given, and how it joins the stack. Each function returns where the role can be reached.
 */
import {readFileSync} from 'node:fs'
import type {Config, MasterConfig} from '../config/config.js'
import {openZvecEngine} from '../engine/zvec-engine.js'
import {probeEngine} from '../engine/zvec-probe.js'
import type {NodeId} from '../entity/ids.js'
import type {BuildVersion} from '../entity/server.js'
import type {Env} from '../env/env.js'
import type {Tls} from '../env/net/tls.js'
import type {OwnProcess} from '../env/own-process.js'
import {type CodedError, toCodedError} from '../errors/coded-error.js'
import {closeApp, listen} from '../http/app.js'
import {masterApp} from '../http/routes/master.js'
import {routerApp} from '../http/routes/router.js'
import {Master} from '../master/master.js'
import type {Keys} from '../meta/keys.js'
import {MetaRepository} from '../meta/repository.js'
import type {MetaStore} from '../meta/store.js'
import {PartitionServer} from '../ps/partition-server.js'
import {httpSend} from '../router/http-send.js'
import {Router} from '../router/router.js'
import type {RpcClient} from '../rpc/client.js'
import type {Environment} from './etcd-binary.js'
import {httpPost} from './http-post.js'
import {listenHost} from './listen-host.js'
import type {NodeStep, StartStack} from './start-stack.js'

export interface NodeParts {
  readonly config: Config
  readonly env: Env
  readonly process: OwnProcess | undefined
  readonly environment: Environment
  readonly store: MetaStore
  readonly keys: Keys
  readonly rpc: RpcClient
  /** Of all connections between nodes. */
  readonly tls: Tls | undefined
  readonly stack: StartStack
  /** Called when the process cannot go on. */
  readonly fail: (error: CodedError) => void
}

export async function startMaster(parts: NodeParts, self: MasterConfig): Promise<string> {
  const {config, env, store, keys, rpc, stack} = parts
  const master = new Master({...env, store, keys, ps: rpc, config, self, version})
  const app = masterApp(master)
  const host = listenHost(config)
  await stack.begin('master', 'start', {
    start: async () => {
      await master.start(stack.signal)
      return `${self.name} of ${config.global.name}`
    },
    stop: () => master.stop(),
  })
  await stack.begin('master', 'http', {
    start: async () => `listening on ${host}:${await listen(app, {host, port: self.api_port})}`,
    stop: () => closeApp(app),
  })
  return `master http://${self.address}:${self.api_port}`
}

export interface ServerStart {
  readonly nodeId?: NodeId
  /** What its steps are told of: there may be several. */
  readonly role: string
  readonly onStep: (step: NodeStep) => void
}

export async function startPartitionServer(
  parts: NodeParts,
  {nodeId: namedId, role, onStep}: ServerStart,
): Promise<string> {
  const {config, env, process, environment, store, keys, tls, stack, fail} = parts
  const server = new PartitionServer({
    env,
    config,
    repository: new MetaRepository(store, keys),
    post: httpPost,
    version,
    host: hostLabels(environment),
    listenHost: listenHost(config),
    tls,
    process,
    openEngine: openZvecEngine,
    probeEngine,
    namedId,
    onFatal: (error) => fail(toCodedError(error)),
    onStep: ({name, ms, detail}) => onStep({role, step: name, ms, detail}),
  })
  await stack.begin(role, 'ready', {
    start: async () => {
      await server.start()
      return `node ${server.nodeId}`
    },
    stop: () => server.stop(),
  })
  return `ps ${server.nodeId} on ${listenHost(config)}:${server.port}`
}

export async function startRouter(parts: NodeParts): Promise<string> {
  const {config, env, environment, store, keys, rpc, stack} = parts
  const hostZone = environment.VEARCH_HOST_ZONE ?? ''
  const router = new Router({config, env, store, keys, rpc, send: httpSend, version, hostZone})
  const app = routerApp(router)
  const host = listenHost(config)
  await stack.begin('router', 'start', {
    start: async () => {
      await router.start(stack.signal)
      return `view of ${config.global.name} at revision ${router.view.revision}`
    },
    stop: () => router.stop(),
  })
  await stack.begin('router', 'http', {
    start: async () => `listening on ${host}:${await listen(app, {host, port: config.router.port})}`,
    stop: () => closeApp(app),
  })
  return `router http://${host === '0.0.0.0' ? 'localhost' : host}:${config.router.port}`
}

function hostLabels({VEARCH_HOST_IP, VEARCH_HOST_RACK, VEARCH_HOST_ZONE}: Environment) {
  return {
    ...(VEARCH_HOST_IP ? {host_ip: VEARCH_HOST_IP} : {}),
    ...(VEARCH_HOST_RACK ? {host_rack: VEARCH_HOST_RACK} : {}),
    ...(VEARCH_HOST_ZONE ? {host_zone: VEARCH_HOST_ZONE} : {}),
  }
}

const version: BuildVersion = {
  build_version: (
    JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {version: string}
  ).version,
  build_time: '',
  commit_id: '',
}

/**
 * Opens the metadata of a node: its own where it is a master, else the masters'.
 */
import {join} from 'node:path'
import type {Config, MasterConfig} from '../config/config.js'
import type {Env} from '../env/env.js'
import type {CodedError} from '../errors/coded-error.js'
import {EtcdStore} from '../meta/etcd-store.js'
import type {MetaStore} from '../meta/store.js'
import {assertPortsFree} from '../ps/ports.js'
import {etcdAddress} from './etcd-address.js'
import {type Environment, findEtcd} from './etcd-binary.js'
import {etcdSpecFor} from './etcd-spec.js'
import {EtcdSupervisor} from './etcd-supervisor.js'
import {listenHost} from './listen-host.js'
import {chooseMetadata, type MetadataFacts} from './metadata-choice.js'
import {portName} from './node-ports.js'
import type {StartStack} from './start-stack.js'

export interface MetadataOptions {
  readonly config: Config
  readonly env: Env
  readonly environment: Environment
  readonly hasConfigFile: boolean
  /** This process's own entry; null where it runs no master. */
  readonly master: MasterConfig | null
  readonly fail: (error: CodedError) => void
}

/** The store is closed by the caller; what serves it is stopped by the stack. */
export async function openMetadata(stack: StartStack, options: MetadataOptions): Promise<MetaStore> {
  const {config, env, environment, hasConfigFile, master} = options
  if (master === null || config.global.self_manage_etcd) return new EtcdStore(etcdAddress(config), env)
  const hasEtcdBinary = (await findEtcd(environment, env.disk)) !== null
  const existing = await existingMetadata(env, config, master)
  const choice = chooseMetadata({config, hasConfigFile, hasEtcdBinary, existing})
  return choice === 'embedded' ? openEmbedded(stack, options, master) : openManaged(stack, options, master)
}

async function openEmbedded(stack: StartStack, {config, env, fail}: MetadataOptions, master: MasterConfig) {
  const {EmbeddedStore} = await import('../meta/embedded/embedded-store.js')
  const listen = {host: listenHost(config), port: master.etcd_client_port}
  // before the store makes its files
  await assertPortsFree(env.network, listen.host, [{name: portName(master, 'etcd_client_port'), port: listen.port}])
  const store = new EmbeddedStore({directory: embeddedDirectory(config), listen}, env)
  void store.failed.then(fail)
  await stack.begin('master', 'metadata', {
    start: async () => {
      await store.start()
      return `embedded, serving etcd's protocol on ${listen.host}:${listen.port}`
    },
    stop: () => store.stop(),
  })
  return store
}

async function openManaged(stack: StartStack, {config, env, environment, fail}: MetadataOptions, master: MasterConfig) {
  const vearchs = config.global.data[0] ?? ''
  const isVearchs = await env.disk.exists(join(vearchs, 'member'))
  const etcd = new EtcdSupervisor(etcdSpecFor(config, master.name, isVearchs ? vearchs : undefined), env, environment)
  void etcd.failed.then(fail)
  await stack.begin('master', 'metadata', {
    start: async () => {
      await etcd.start()
      return `etcd member ${master.name} on ${etcd.endpoint}`
    },
    stop: () => etcd.stop(),
  })
  // its own member first: the others are for when that one is away
  const {endpoints, ...rest} = etcdAddress(config)
  return new EtcdStore(
    {...rest, endpoints: [etcd.endpoint, ...endpoints.filter((each) => each !== etcd.endpoint)]},
    env,
  )
}

function embeddedDirectory({global}: Config): string {
  return join(global.data[0] ?? '', 'metadata')
}

async function existingMetadata({disk}: Env, config: Config, {name}: MasterConfig): Promise<MetadataFacts['existing']> {
  const data = config.global.data[0] ?? ''
  if (await disk.exists(embeddedDirectory(config))) return 'embedded'
  const [own, vearchs] = await Promise.all([disk.exists(join(data, 'etcd', name)), disk.exists(join(data, 'member'))])
  return own || vearchs ? 'managed' : null
}

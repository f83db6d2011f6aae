/**
 * One command's, or one REPL's, connection to a cluster.
 *
 * Where the cluster is comes from, in this order: the flags (`--etcd`, `--cluster`, `--master`), the configuration file
 * (`--conf`), the embedded default. Nothing is read or opened before it is needed; `close` ends what was opened. Every
 * call carries `signal`, which is aborted by an interrupt and when the command's time is up.
 */
import type {Config} from '../config/config.js'
import {type LoadedConfig, requireConfig} from '../config/loaded.js'
import type {Timer} from '../env/clock.js'
import type {Env} from '../env/env.js'
import {CodedError} from '../errors/coded-error.js'
import type {EtcdStoreOptions} from '../meta/etcd-store.js'
import {Keys} from '../meta/keys.js'
import {MetaRepository} from '../meta/repository.js'
import type {MetaStore} from '../meta/store.js'
import {authorityOf} from '../node/etcd-spec.js'

export interface SessionOptions {
  readonly conf: string | null
  readonly cluster: string | null
  readonly etcd: readonly string[] | null
  readonly masters: readonly string[] | null
  readonly passwordFile: string | null
  readonly timeoutMs: number
  readonly interrupt: AbortSignal
}

export class Session {
  readonly signal: AbortSignal
  readonly #deadline: Timer
  /** Whom an answer is awaited from, for the error when none comes. */
  #asking = 'the cluster'
  #config: Promise<Config> | null = null
  #store: Promise<MetaStore> | null = null

  constructor(
    readonly options: SessionOptions,
    readonly env: Env,
  ) {
    const late = new AbortController()
    this.#deadline = env.clock.after(options.timeoutMs, () => {
      const detail = `${this.#asking} gave no answer within ${options.timeoutMs} ms`
      late.abort(new CodedError('TIMEOUT', detail, {outcome: 'unknown', hint: 'wait longer with --timeout 60s'}))
    })
    this.signal = AbortSignal.any([options.interrupt, late.signal])
  }

  config(): Promise<Config> {
    this.#config ??= readConfig(this.env, this.options.conf).then(requireConfig)
    return this.#config
  }

  async meta(): Promise<MetaRepository> {
    return new MetaRepository(await this.#open(), new Keys(await this.cluster()))
  }

  async cluster(): Promise<string> {
    return this.options.cluster ?? (await this.config()).global.name
  }

  /** `etcd 10.0.0.1:2370, cluster vearch, revision 88`: where an answer comes from. */
  async source(revision: number): Promise<string> {
    return `etcd ${(await this.#etcdAddress()).endpoints.join(',')}, cluster ${await this.cluster()}, revision ${revision}`
  }

  /** The masters in the order in which to ask them. */
  async masters(): Promise<Config['masters']> {
    const {masters} = await this.config()
    const named = this.options.masters?.flatMap((endpoint) => masterAt(endpoint, masters)) ?? masters
    this.#asking = `masters ${named.map(({address, api_port}) => authorityOf(address, api_port)).join(', ')}`
    return named
  }

  /** Root's password at the masters. */
  async password(): Promise<string> {
    const {passwordFile} = this.options
    if (passwordFile === null) return (await this.config()).global.signkey
    return (await readText(this.env, passwordFile)).replace(/\r?\n$/, '')
  }

  async close(): Promise<void> {
    this.#deadline.cancel()
    const store = this.#store
    this.#store = null
    await (await store?.catch(() => null))?.close()
  }

  #open(): Promise<MetaStore> {
    this.#store ??= this.#connect()
    return this.#store
  }

  async #connect(): Promise<MetaStore> {
    const address = await this.#etcdAddress()
    this.#asking = `etcd ${address.endpoints.join(',')}`
    const {EtcdStore} = await import('../meta/etcd-store.js')
    return new EtcdStore(address, this.env)
  }

  async #etcdAddress(): Promise<EtcdStoreOptions> {
    const {etcd, conf} = this.options
    // endpoints without a file need none
    if (etcd !== null && conf === null) return {endpoints: etcd}
    const {etcdAddress} = await import('../node/metadata.js')
    const address = etcdAddress(await this.config())
    return etcd === null ? address : {...address, endpoints: etcd}
  }
}

/** The file at `path`, or the embedded default. Throws NOT_FOUND where there is no such file. */
export async function readConfig(env: Env, path: string | null): Promise<LoadedConfig> {
  if (path === null) return (await import('../config/embedded.js')).embeddedConfig()
  const text = await readText(env, path)
  return (await import('../config/load.js')).loadConfig(text, path)
}

async function readText({disk}: Env, path: string): Promise<string> {
  const bytes = await disk.readFile(path).catch((thrown: unknown) => {
    throw new CodedError('NOT_FOUND', `cannot read ${path}: ${(thrown as Error).message}`, {cause: thrown})
  })
  if (bytes === null) throw new CodedError('NOT_FOUND', `there is no file ${path}`)
  return new TextDecoder().decode(bytes)
}

/** A master named by its endpoint: what else there is to know of it is as in the file. Throws USAGE. */
function masterAt(endpoint: string, masters: Config['masters']): Config['masters'] {
  const [, address, port = '8817'] = /^(?:https?:\/\/)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/?$/.exec(endpoint) ?? []
  if (address === undefined) {
    throw new CodedError('USAGE', `--master ${endpoint} is not an endpoint`, {hint: 'write host:port'})
  }
  return masters.slice(0, 1).map((master) => ({...master, address, api_port: Number(port)}))
}

/**
 * What is open towards one target: the metadata, the masters, the partition servers.
 *
 * Nothing is read or opened before it is needed, and each only once. A process that runs one command closes them at its
 * end; a REPL keeps them from command to command. Whatever waits takes the signal of the command that waits.
 */
import {Buffer} from 'node:buffer'
import {basename} from 'node:path'
import type {Config} from '../../config/config.js'
import {requireConfig} from '../../config/loaded.js'
import type {Env} from '../../env/env.js'
import {CodedError} from '../../errors/coded-error.js'
import type {EtcdReader} from '../../meta/etcd-reader/etcd-reader.js'
import type {EtcdStoreOptions} from '../../meta/etcd-store.js'
import type {EtcdUpkeep} from '../../meta/etcd-store-upkeep.js'
import type {MetaContent} from '../../meta/reading.js'
import type {MetaStore} from '../../meta/store.js'
import type {RpcClient} from '../../rpc/client.js'
import {readConfig} from '../config/read-config.js'
import type {Target} from '../contexts/target.js'
import {readBytes, readText} from '../text-file.js'
import {contentBytes} from './content-bytes.js'
import type {HttpTls} from './http-call.js'

export interface Secrets {
  readonly VEARCH_PASSWORD?: string | undefined
  readonly VEARCH_ETCD_PASSWORD?: string | undefined
}

export interface ConnectionsEnv extends Env {
  /** The process's variables, of which only those of `Secrets` are read here. */
  readonly secrets: Secrets
  /** Asks a person; null where there is none to ask. */
  readonly askPassword: ((of: string) => Promise<string>) | null
}

export class Connections {
  #config: Promise<Config> | null = null
  #store: Promise<MetaStore> | null = null
  #reader: Promise<EtcdReader> | null = null
  #upkeep: Promise<EtcdUpkeep> | null = null
  #snapshot: Promise<Uint8Array> | null = null
  /** The last one asked for. */
  #content: {readonly revision: number | null; readonly content: MetaContent} | null = null
  #credentials: Promise<Credentials> | null = null
  #nodes: Promise<RpcClient> | null = null

  constructor(
    readonly target: Target,
    readonly env: ConnectionsEnv,
  ) {}

  config(): Promise<Config> {
    this.#config ??= readConfig(this.env, this.target.conf).then(requireConfig)
    return this.#config
  }

  async cluster(): Promise<string> {
    const {cluster, snapshot, conf} = this.target
    if (cluster !== null) return cluster
    if (snapshot === null || conf !== null) return (await this.config()).global.name
    const {onlyCluster} = await import('../../meta/offline/content-file.js')
    return onlyCluster(await this.content(snapshot), snapshot)
  }

  /** `etcd 10.0.0.1:2370,10.0.0.2:2370`, or `snapshot prod.db`. */
  async place(): Promise<string> {
    const {snapshot} = this.target
    if (snapshot !== null) return `snapshot ${basename(snapshot)}`
    return `etcd ${(await this.#etcdEndpoints()).join(',')}`
  }

  store(): Promise<MetaStore> {
    this.#store ??= (async () => {
      const [address, {EtcdStore}] = await Promise.all([this.#etcdAddress(), import('../../meta/etcd-store.js')])
      return new EtcdStore(address, this.env)
    })()
    return this.#store
  }

  /** For reading only, and opened sooner. */
  reader(): Promise<EtcdReader> {
    this.#reader ??= (async () => {
      const [address, {EtcdReader}] = await Promise.all([
        this.#etcdAddress(),
        import('../../meta/etcd-reader/etcd-reader.js'),
      ])
      return new EtcdReader(address, this.env)
    })()
    return this.#reader
  }

  /** For whoever looks after etcd itself. */
  upkeep(): Promise<EtcdUpkeep> {
    this.#upkeep ??= (async () => {
      const [address, {EtcdUpkeep}] = await Promise.all([
        this.#etcdAddress(),
        import('../../meta/etcd-store-upkeep.js'),
      ])
      return new EtcdUpkeep(address, this.env)
    })()
    return this.#upkeep
  }

  /** Of the target's snapshot at a revision; the last one, if null. */
  async content(path: string, revision: number | null = this.target.at): Promise<MetaContent> {
    const {readContent} = await import('../../meta/offline/content-file.js')
    this.#snapshot ??= contentBytes(this.env.disk, path, this.target)
    const bytes = await this.#snapshot
    const known = this.#content
    if (known?.revision === revision) return known.content
    const content = readContent(bytes, {path, revision})
    this.#content = {revision, content}
    return content
  }

  /** The masters in the order in which to ask them, as URLs without a path. */
  async masterUrls(): Promise<readonly string[]> {
    const {masters} = this.target
    if (masters !== null) return masters.map((endpoint) => endpointUrl('--master', endpoint, 8817))
    const {authorityOf} = await import('../../node/etcd-spec.js')
    return (await this.config()).masters.map(({address, api_port}) => `http://${authorityOf(address, api_port)}`)
  }

  /** For Basic authentication at masters and routers. */
  credentials(): Promise<Credentials> {
    this.#credentials ??= this.#findCredentials()
    return this.#credentials
  }

  async httpTls(): Promise<HttpTls | null> {
    const tls = await this.#tlsFiles()
    return tls === null ? null : {...tls, isInsecure: this.target.tls?.isInsecure ?? false}
  }

  /** To partition servers of our own kind: both ends prove that they know the signkey. */
  nodes(): Promise<RpcClient> {
    this.#nodes ??= (async () => {
      const [{RpcClient}, {global}] = await Promise.all([import('../../rpc/client.js'), this.config()])
      return new RpcClient(this.env, {authKey: global.signkey})
    })()
    return this.#nodes
  }

  /** Idempotent; what is asked for afterwards is opened anew. */
  async close(): Promise<void> {
    const [store, reader, upkeep, nodes] = [this.#store, this.#reader, this.#upkeep, this.#nodes]
    this.#store = null
    this.#reader = null
    this.#upkeep = null
    this.#nodes = null
    await Promise.all([
      reader?.then((it) => it.close()).catch(() => {}),
      store?.then((it) => it.close()).catch(() => {}),
      upkeep?.then((it) => it.close()).catch(() => {}),
      nodes?.then((it) => it.stop()).catch(() => {}),
    ])
  }

  async #etcdEndpoints(): Promise<readonly string[]> {
    const {etcd} = this.target
    if (etcd !== null) return etcd
    const {etcdAddress} = await import('../../node/etcd-address.js')
    return etcdAddress(await this.config()).endpoints
  }

  async #etcdAddress(): Promise<EtcdStoreOptions> {
    const {conf, etcdUser, etcdPasswordFile, etcd} = this.target
    const endpoints = await this.#etcdEndpoints()
    const tls = await this.#tlsFiles()
    const withTls = tls?.ca == null ? {} : {tls: etcdTls(tls, tls.ca)}
    if (etcdUser !== null) {
      const password = await this.#password(etcdPasswordFile, this.env.secrets.VEARCH_ETCD_PASSWORD, 'etcd', etcdUser)
      return {endpoints, user: etcdUser, password, ...withTls}
    }
    // endpoints without a file need none
    if (etcd !== null && conf === null) return {endpoints, ...withTls}
    const {etcdAddress} = await import('../../node/etcd-address.js')
    return {...etcdAddress(await this.config()), endpoints, ...withTls}
  }

  async #tlsFiles(): Promise<{ca: Buffer | null; certificate: Buffer | null; key: Buffer | null} | null> {
    const {tls} = this.target
    if (tls === null) return null
    const read = async (path: string | null) =>
      path === null ? null : Buffer.from(await readBytes(this.env.disk, path))
    const [ca, certificate, key] = await Promise.all([read(tls.ca), read(tls.certificate), read(tls.key)])
    return {ca, certificate, key}
  }

  async #findCredentials(): Promise<Credentials> {
    const {user, passwordFile} = this.target
    const {VEARCH_PASSWORD: fromEnvironment} = this.env.secrets
    if (user === null && passwordFile === null && fromEnvironment === undefined) {
      return {user: 'root', password: (await this.config()).global.signkey}
    }
    const name = user ?? 'root'
    return {user: name, password: await this.#password(passwordFile, fromEnvironment, 'the masters', name)}
  }

  async #password(file: string | null, variable: string | undefined, where: string, user: string): Promise<string> {
    if (file !== null) return (await readText(this.env.disk, file)).replace(/\r?\n$/, '')
    if (variable !== undefined) return variable
    if (this.env.askPassword !== null) return this.env.askPassword(`${user} at ${where}`)
    throw new CodedError('UNCONFIRMED', `no password for ${user} at ${where}, and nobody is at the terminal`, {
      hint: 'name a file with --password-file or --etcd-password-file',
    })
  }
}

export interface Credentials {
  readonly user: string
  readonly password: string
}

function etcdTls({certificate, key}: {certificate: Buffer | null; key: Buffer | null}, rootCertificate: Buffer) {
  const own = certificate === null || key === null ? {} : {certificateChain: certificate, privateKey: key}
  return {rootCertificate, ...own}
}

/** `host`, `host:port` or a URL as a URL without a path. Errors: USAGE. */
export function endpointUrl(flag: string, endpoint: string, defaultPort: number): string {
  const [, scheme = 'http://', host, port] = /^(https?:\/\/)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/?$/.exec(endpoint) ?? []
  if (host !== undefined) return `${scheme}${host}:${port ?? defaultPort}`
  throw new CodedError('USAGE', `${flag} ${endpoint} is not an endpoint`, {hint: 'write host:port'})
}

/**
 * What a managed etcd member is, worked out from the configuration, and the command line that starts it. Pure.
 *
 * As Vearch's master has it (control-plane spec §1.12): name and addresses from the `[[masters]]` entry, the initial cluster from
 * all of them, the cluster's name as token, hourly compaction, 32 MiB requests, an 8 GiB quota. Unlike there, each master's own
 * peer port goes into the initial cluster, and each has a directory of its own, so that several may share a host.
 */
import {isIP} from 'node:net'
import {join} from 'node:path'
import type {Config, MasterConfig} from '../config/config.js'
import {CodedError} from '../errors/coded-error.js'

export interface EtcdSpec {
  readonly name: string
  /** Holds etcd's `member` directory. */
  readonly dataDir: string
  /** Where we note which process is running on `dataDir`. */
  readonly pidFile: string
  /** Exists once this member has been healthy: from then on it joins an existing cluster. */
  readonly restartMarker: string
  /** What others reach it by. */
  readonly host: string
  /** What it listens on: `host` if that is a literal IP, else every interface. */
  readonly bindHost: string
  readonly clientPort: number
  readonly peerPort: number
  readonly initialCluster: readonly {readonly name: string; readonly peerUrl: string}[]
  readonly token: string
  readonly clusterState: 'new' | 'existing'
  readonly user?: string
  readonly password?: string
  /** Further arguments, for tests. */
  readonly extraArguments?: readonly string[]
}

export interface EtcdVersion {
  readonly major: number
  readonly minor: number
}

const compactionRetention = '1h'
const requestBytesMax = 32 * 1024 * 1024
const backendBytesMax = 8 * 1024 * 1024 * 1024
/** Heartbeat and election in milliseconds. A member alone has nobody to wait for and is up sooner (infra §1.2). */
const paceAlone = {heartbeatMs: 50, electionMs: 500}
const paceOfSeveral = {heartbeatMs: 100, electionMs: 1_000}

/**
 * `dataDir` defaults to a directory of this master's own below `data[0]`; pass `data[0]` itself where a Vearch master left
 * its etcd. Throws CONFIG_ERROR if no master has that name.
 */
export function etcdSpecFor(config: Config, masterName: string, dataDir?: string): EtcdSpec {
  const master = config.masters.find(({name}) => name === masterName)
  const [data] = config.global.data
  if (master === undefined || data === undefined) {
    throw new CodedError('CONFIG_ERROR', `no [[masters]] entry is named ${JSON.stringify(masterName)}`)
  }
  const {support_etcd_auth} = config.global
  return {
    name: master.name,
    dataDir: dataDir ?? join(data, 'etcd', master.name),
    pidFile: join(data, `etcd-${master.name}.pid`),
    restartMarker: join(data, `${config.global.name}_${master.name}_restart.txt`),
    host: master.address,
    bindHost: isIP(master.address) === 0 ? '0.0.0.0' : master.address,
    clientPort: master.etcd_client_port,
    peerPort: master.etcd_peer_port,
    initialCluster: config.masters.map((each) => ({name: each.name, peerUrl: peerUrl(each)})),
    token: config.global.name,
    clusterState: master.cluster_state,
    ...(support_etcd_auth && config.etcd !== null ? {user: config.etcd.user_name, password: config.etcd.password} : {}),
  }
}

function peerUrl({address, etcd_peer_port}: MasterConfig): string {
  return urlOf(address, etcd_peer_port)
}

export function urlOf(host: string, port: number): string {
  return `http://${authorityOf(host, port)}`
}

export function authorityOf(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`
}

/** The version in the output of `etcd --version`, or null. */
export function parseEtcdVersion(output: string): EtcdVersion | null {
  const [, major, minor] = /etcd Version: (\d+)\.(\d+)/.exec(output) ?? []
  return major === undefined || minor === undefined ? null : {major: Number(major), minor: Number(minor)}
}

/** Flags that every supported version knows, and none that a later one dropped (infra §1.1). Throws ETCD_MISSING before 3.4. */
export function etcdArguments(spec: EtcdSpec, {major, minor}: EtcdVersion): string[] {
  if (major < 3 || (major === 3 && minor < 4)) {
    throw new CodedError('ETCD_MISSING', `etcd ${major}.${minor} is too old`, {hint: 'install etcd 3.4 or later'})
  }
  const {heartbeatMs, electionMs} = spec.initialCluster.length === 1 ? paceAlone : paceOfSeveral
  const flags: Record<string, string> = {
    name: spec.name,
    'data-dir': spec.dataDir,
    'listen-client-urls': urlOf(spec.bindHost, spec.clientPort),
    'advertise-client-urls': urlOf(spec.host, spec.clientPort),
    'listen-peer-urls': urlOf(spec.bindHost, spec.peerPort),
    'initial-advertise-peer-urls': urlOf(spec.host, spec.peerPort),
    'initial-cluster': spec.initialCluster.map(({name, peerUrl}) => `${name}=${peerUrl}`).join(','),
    'initial-cluster-token': spec.token,
    'initial-cluster-state': spec.clusterState,
    'heartbeat-interval': String(heartbeatMs),
    'election-timeout': String(electionMs),
    'auto-compaction-mode': 'periodic',
    'auto-compaction-retention': compactionRetention,
    'max-request-bytes': String(requestBytesMax),
    'quota-backend-bytes': String(backendBytesMax),
    logger: 'zap',
    'log-level': 'warn',
    'log-outputs': 'stderr',
  }
  // The default from 3.5 on: a member that was cut off does not unseat the leader when it returns.
  const preVote = major === 3 && minor === 4 ? ['--pre-vote'] : []
  return [
    ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]),
    ...preVote,
    ...(spec.extraArguments ?? []),
  ]
}

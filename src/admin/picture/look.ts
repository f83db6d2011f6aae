/**
 * Looks at a session's cluster: everything that the picture can be made of, as far as the target names it. What is not named is
 * not asked, and the picture says so: a snapshot has no servers, endpoints without a configuration file no signkey to ask them with.
 * A debug bundle is a picture that somebody took elsewhere.
 */
import type {NodeId} from '../../entity/ids.js'
import {loadedConfig} from '../config/loaded-config.js'
import {bundledPicture} from '../debug/bundle.js'
import {lastBackup} from '../meta/backup-log.js'
import {MasterCalls} from '../session/master-calls.js'
import type {Session} from '../session/session.js'
import {readDataDirectories} from './disk-reading.js'
import {gather} from './gather.js'
import type {MasterSource} from './master-answers.js'
import type {ClusterPicture} from './picture.js'

export interface LookOptions {
  /** Data directories of this machine to look into, each the list of one server. */
  readonly dataDirectories?: readonly (readonly string[])[]
  /** Which servers are asked; all if absent. */
  readonly isAsked?: (node: NodeId) => boolean
}

/** As it is now, however often the session has looked before. Errors: only where the metadata cannot be read. */
export async function look(
  session: Session,
  {dataDirectories = [], isAsked = () => true}: LookOptions = {},
): Promise<ClusterPicture> {
  const {env, target, signal, options, connections} = session
  const bundled = target.snapshot === null ? null : await bundledPicture(session, target.snapshot)
  if (bundled !== null) return bundled
  const {isLive} = session
  const [metadata, store, masters, nodes, config, backup] = await Promise.all([
    session.readAnew(),
    isLive ? session.observed() : null,
    isLive ? masterSources(session) : [],
    isLive && namesServers(session) ? connections.nodes() : null,
    target.conf === null ? null : loadedConfig(env, target.conf),
    isLive ? lastBackup(session) : null,
  ])
  const disks = dataDirectories.map((directories) => () => readDataDirectories(env.disk, directories))
  const sources = {
    ...{metadata, store, masters, nodes, disks, isAsked, clock: env.clock},
    ...(config === null ? {} : {config}),
    ...(backup === null ? {} : {lastBackup: backup}),
  }
  return gather(sources, {signal, nodeTimeoutMs: options.nodeTimeoutMs})
}

/** Asks a person for the passwords that the first look needs, whoever answers by then. */
export async function readyToLook(session: Session): Promise<void> {
  await session.observed()
  if (namesMasters(session)) await session.connections.credentials()
}

/** Endpoints of etcd alone say nothing of masters and their passwords, nor of the servers' signkey. */
export function namesServers({target}: Session): boolean {
  return target.conf !== null || target.etcd === null
}

function namesMasters(session: Session): boolean {
  return namesServers(session) || session.target.masters !== null
}

async function masterSources(session: Session): Promise<MasterSource[]> {
  if (!namesMasters(session)) return []
  const {connections} = session
  const [urls, {user, password}, tls] = await Promise.all([
    connections.masterUrls(),
    connections.credentials(),
    connections.httpTls(),
  ])
  return urls.map((url) => ({
    url,
    get: (path, signal) => new MasterCalls({masters: [url], user, password, tls, signal, onAsk: () => {}}).get(path),
  }))
}

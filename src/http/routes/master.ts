/**
 * What a master serves (control-plane spec §4.6): one row a route, each of them one call of a service.
 *
 * Unlike in Vearch, reports of the cluster's own processes need the signkey, which they send anyway; and the GETs that
 * change something can be POSTed as well.
 */
import {nodeId, partitionId} from '../../entity/ids.js'
import {stringifyJson} from '../../entity/json.js'
import {CodedError} from '../../errors/coded-error.js'
import type {ErrorName} from '../../errors/codes.js'
import {clusterHealth} from '../../master/cluster-health.js'
import {cleanLocks} from '../../master/locks.js'
import type {Master} from '../../master/master.js'
import {type App, createApp} from '../app.js'
import {Authenticator} from '../auth.js'
import {type ErrorStatus, statusByCode} from '../envelope.js'
import {bindFault, type Handler, type RouteSpec, route, StreamedData} from '../route.js'
import * as read from './master-bodies.js'

/** A master's requests are metadata; the largest is a space with very many fields. */
const bodyBytesMax = 16 * 1024 * 1024

export function masterApp(master: Master): App {
  const {log, clock, random, config} = master.deps
  const {skip_auth: skipAuth, signkey} = config.global
  const authenticator = skipAuth ? null : new Authenticator(master.accounts, master.hasher, signkey, random)
  const app = createApp({log, clock, random, authenticator, bodyBytesMax})
  for (const spec of masterRoutes(master)) route(app, spec)
  return app
}

export function masterRoutes(master: Master): RouteSpec[] {
  return [
    ...processRoutes(master),
    ...databaseRoutes(master),
    ...spaceRoutes(master),
    ...clusterRoutes(master),
    ...replicaRoutes(master),
    ...settingRoutes(master),
    ...accountRoutes(master),
    ...laterRoutes(),
  ]
}

type Row = Pick<RouteSpec, 'body' | 'needs'>
type Method = RouteSpec['method']

/** A route for users. What a GET or DELETE carries as a body is ignored. */
function user(method: Method, path: string, errorStatus: ErrorStatus, handler: Handler, row: Row = {}): RouteSpec {
  const body = method === 'GET' || method === 'DELETE' ? ({body: 'raw'} as const) : {}
  return {method, path, auth: 'user', errorStatus, handler, ...body, ...row}
}

const without: Row = {body: 'raw'}

/** 404 for what is not there, 500 for the rest. */
const notFoundOr500: ErrorStatus = (error) => (statusByCode(error) === 404 ? 404 : 500)
const deniedOr500: ErrorStatus = (error) => (statusByCode(error) === 401 ? 401 : 500)

const refusedReports = new Map<ErrorName, number>([
  ['PARTITION_NOT_EXIST', 404],
  ['PARAM_ERROR', 400],
])

function processRoutes({registration, deps}: Master): RouteSpec[] {
  const {config, version} = deps
  return [
    {
      method: 'GET',
      path: '/',
      auth: 'none',
      errorStatus: 500,
      handler: () => ({name: config.global.name, version}),
    },
    {
      method: 'POST',
      path: '/register',
      auth: 'internal',
      body: 'raw',
      errorStatus: (error) => (['CONFIG_ERROR', 'NODE_ID_LIVE_ELSEWHERE'].includes(error.errorName) ? 422 : 500),
      handler: async ({query, remoteAddress}, context) => {
        const {clusterName, nodeID = ''} = query
        if (!clusterName) throw bindFault('clusterName can not be empty')
        if (!/^[1-9]\d{0,15}$/.test(nodeID)) throw bindFault(`nodeID:[${nodeID}] should be a positive integer`)
        const {ip, p_ids, spaces} = await registration.server(
          clusterName,
          nodeId(Number(nodeID)),
          remoteAddress,
          context,
        )
        // The shape of Vearch's Server, of which a server reads these three.
        const ports = {rpc_port: 0, raft_heartbeat_port: 0, raft_replicate_port: 0}
        return {resource_name: '', ...ports, ip, p_ids, spaces, private: false, version: null}
      },
    },
    {
      method: 'POST',
      path: '/register_router',
      auth: 'internal',
      body: 'raw',
      errorStatus: 422,
      handler: ({query, remoteAddress}) => {
        registration.router(query.clusterName ?? '')
        return remoteAddress
      },
    },
    {
      method: 'POST',
      path: '/register_partition',
      auth: 'internal',
      // A server asks again after a 500; what is refused for good must not be one.
      errorStatus: ({errorName}) => refusedReports.get(errorName) ?? 500,
      handler: ({body}, context) => registration.partition(read.partition(body), context),
    },
  ]
}

function databaseRoutes({databases}: Master): RouteSpec[] {
  const path = '/dbs/:db_name'
  return [
    user('GET', '/dbs', statusByCode, (_, context) => databases.list(context)),
    user('GET', path, statusByCode, ({params}, context) => databases.get(params.db_name ?? '', context)),
    user('POST', path, statusByCode, ({params}, context) => databases.create(params.db_name ?? '', context), without),
    user('DELETE', path, statusByCode, ({params}, context) => databases.delete(params.db_name ?? '', context)),
    user('PUT', path, statusByCode, ({body}, context) => databases.changeServers(read.dbServersChange(body), context)),
  ]
}

function spaceRoutes({spaces, creation, indexes, aliases}: Master): RouteSpec[] {
  const db = '/dbs/:db_name/spaces'
  const space = `${db}/:space_name`
  const alias = '/alias/:alias_name'
  const aliased = `${alias}/dbs/:db_name/spaces/:space_name`
  return [
    user('POST', db, statusByCode, ({params, body}, context) =>
      creation.create(params.db_name ?? '', read.spaceRequest(body), context),
    ),
    user('GET', db, notFoundOr500, ({params, query}, context) =>
      spaces.list(params.db_name ?? '', isDetail(query), context),
    ),
    user('GET', space, notFoundOr500, ({params, query}, context) =>
      spaces.describe(params.db_name ?? '', params.space_name ?? '', isDetail(query), context),
    ),
    user('PUT', space, 500, ({params, body}, context) =>
      spaces.update(params.db_name ?? '', params.space_name ?? '', read.spaceUpdate(body), context),
    ),
    user('DELETE', space, 500, ({params}, context) =>
      spaces.delete(params.db_name ?? '', params.space_name ?? '', context),
    ),
    user('GET', `${space}/indexes`, indexStatus, ({params, query}, context) =>
      indexes.list(params.db_name ?? '', params.space_name ?? '', isDetail(query), context),
    ),
    user('POST', `${space}/indexes`, indexStatus, ({params, body}, context) =>
      indexes.add(params.db_name ?? '', params.space_name ?? '', read.indexes(body), context),
    ),
    user('DELETE', `${space}/indexes/:index_name`, indexStatus, ({params}, context) =>
      indexes.remove(params.db_name ?? '', params.space_name ?? '', params.index_name ?? '', context),
    ),
    user('GET', '/alias', 404, (_, context) => aliases.list(context)),
    user('GET', alias, 404, ({params}, context) => aliases.get(params.alias_name ?? '', context)),
    user(
      'POST',
      aliased,
      (error) => (error.errorName === 'DB_NOT_EXIST' ? 422 : 500),
      ({params}, context) => aliases.create(read.alias(params), context),
      without,
    ),
    user(
      'PUT',
      aliased,
      (error) => (['DB_NOT_EXIST', 'SPACE_NOT_EXIST'].includes(error.errorName) ? 404 : 500),
      ({params}, context) => aliases.update(read.alias(params), context),
      without,
    ),
    user('DELETE', alias, 500, ({params}, context) => aliases.delete(params.alias_name ?? '', context)),
  ]
}

/** The index routes answer 400 for a missing db or space. */
const indexStatus: ErrorStatus = (error) =>
  ['DB_NOT_EXIST', 'SPACE_NOT_EXIST'].includes(error.errorName) ? 400 : statusByCode(error)

function clusterRoutes({cluster, servers, failServers, members, reconciler}: Master): RouteSpec[] {
  const cleanTask: Handler = async (_, context) => {
    await reconciler.round(context)
    return 'clean task success!'
  }
  const cleanLock: Handler = (_, context) => cleanLocks(cluster, context)
  return [
    user('GET', '/servers', 404, ({query}, context) => servers.list(read.ids(query.ids), context)),
    user('GET', '/routers', 404, (_, context) => servers.routers(context)),
    user('GET', '/partitions', 404, (_, context) => StreamedData.of(servers.partitions(context))),
    user('GET', '/cluster/stats', 500, (_, context) => servers.stats(context)),
    user('GET', '/cluster/health', 500, ({query}, context) => {
      const filter = {dbs: read.names(query.db), spaces: read.names(query.space), detail: isDetail(query)}
      return clusterHealth(cluster, filter, context)
    }),
    user('GET', '/schedule/fail_server', 404, (_, context) => failServers.list(context)),
    user('DELETE', '/schedule/fail_server/:node_id', 404, ({params}, context) => {
      const {node_id: id = ''} = params
      if (!/^\d{1,16}$/.test(id)) throw bindFault(`node_id:[${id}] should be an integer`)
      return failServers.delete(nodeId(Number(id)), context)
    }),
    user('GET', '/schedule/clean_task', 500, cleanTask, {needs: 'WriteOnly'}),
    user('POST', '/schedule/clean_task', 500, cleanTask, without),
    user('GET', '/clean_lock', 500, cleanLock, {needs: 'WriteOnly'}),
    user('POST', '/clean_lock', 500, cleanLock, without),
    user('GET', '/members', 400, (_, context) => members.list(context)),
    user('GET', '/members/stats', 400, (_, context) => members.stats(context)),
  ]
}

/**
 * Who holds what. Vearch answers 500 to whatever cannot be done; what is not there is a 404 here. `move_replica`, `transfer_leader`,
 * `aside` and `replica_changes` are ours: Vearch moves a replica by adding and removing, and has nothing to show of either.
 */
function replicaRoutes({replicaChanges, replicaNumbers, recovery, servers}: Master): RouteSpec[] {
  const changes = '/schedule/replica_changes'
  return [
    user('POST', '/partitions/change_member', notFoundOr500, async ({body}, context) => {
      const begun = await replicaChanges.begin(read.changeMember(body), {reason: 'change_member'}, context)
      await replicaChanges.whenEnded(begun, context)
    }),
    user('POST', '/partitions/move_replica', notFoundOr500, async ({body}, context) => {
      const {wanted, wait} = read.moveReplica(body)
      const begun = await replicaChanges.begin(wanted, {reason: 'move_replica'}, context)
      return {changes: wait ? await replicaChanges.whenEnded(begun, context) : begun}
    }),
    user('POST', '/partitions/transfer_leader', notFoundOr500, async ({body}, context) => {
      const {partitions, to} = read.transferLeader(body)
      return {leaders: await replicaChanges.transferLeaders(partitions, to, context)}
    }),
    user('GET', '/partitions/aside', 500, (_, context) => servers.aside(context)),
    user('GET', changes, 500, ({query}, context) => {
      const filter = {partitions: read.ids(query.partition_ids), running: query.running === 'true'}
      return replicaChanges.list(filter, context)
    }),
    user('DELETE', `${changes}/:partition_id`, 500, ({params}, context) => {
      const {partition_id: id = ''} = params
      if (!/^\d{1,10}$/.test(id)) throw bindFault(`partition_id:[${id}] should be an integer`)
      return replicaChanges.cancel(partitionId(Number(id)), context)
    }),
    user('POST', '/schedule/change_replicas', notFoundOr500, async ({body}, context) => {
      const {db, space, by} = read.changeReplicas(body)
      await replicaNumbers.step(db, space, by, context)
      return `[${stringifyJson(body)}] success ChangeReplicas!`
    }),
    user('POST', '/schedule/recover_server', notFoundOr500, async ({body}, context) => {
      const {failed, replacement} = read.recoverServer(body)
      await recovery.recover(failed, replacement, context)
      return `${stringifyJson(body)} success recover!`
    }),
    user('POST', '/meta/remove_server', notFoundOr500, async ({body}, context) => {
      const {name, ip} = await recovery.remove(read.removeServer(body), context)
      return `nodeid [${name}], server [${ip}] remove node success!`
    }),
  ]
}

function settingRoutes({settings}: Master): RouteSpec[] {
  const space = '/config/:db_name/:space_name'
  const isolation = '/config/slow_search_isolation'
  return [
    user('GET', space, 404, ({params}, context) =>
      settings.spaceConfig(params.db_name ?? '', params.space_name ?? '', context),
    ),
    user('POST', space, 500, ({params, body}, context) =>
      settings.setSpaceConfig(params.db_name ?? '', params.space_name ?? '', read.spaceConfig(body), context),
    ),
    user('GET', '/config/request_limit', 500, (_, context) => settings.requestLimit(context)),
    user('POST', '/config/request_limit', 500, ({body}, context) =>
      settings.setRequestLimit(read.requestLimit(body), context),
    ),
    user('GET', '/config/memory_limit', 500, (_, context) => settings.memoryLimit(context)),
    user('POST', '/config/memory_limit', 500, ({body}, context) =>
      settings.setMemoryLimit(read.memoryLimit(body), context),
    ),
    {...user('GET', isolation, 500, (_, context) => settings.slowSearchIsolation(context)), auth: 'none'},
    user('POST', isolation, 500, ({body}, context) =>
      settings.setSlowSearchIsolation(read.slowSearchIsolation(body), context),
    ),
    user('POST', '/partitions/resource_limit', 500, ({body}, context) =>
      settings.setResourceLimit(read.resourceLimit(body), context),
    ),
  ]
}

function accountRoutes({users, roles}: Master): RouteSpec[] {
  return [
    user('GET', '/users', 404, (_, context) => users.list(context)),
    user('GET', '/users/:user_name', 404, ({params}, context) => users.get(params.user_name ?? '', context)),
    user('POST', '/users', 500, ({body}, context) => users.create(read.userChange(body), context)),
    user('PUT', '/users', deniedOr500, ({body}, context) => users.change(read.userChange(body), context.user, context)),
    user('DELETE', '/users/:user_name', 500, ({params}, context) => users.delete(params.user_name ?? '', context)),
    user('GET', '/roles', 404, (_, context) => roles.list(context)),
    user('GET', '/roles/:role_name', 404, ({params}, context) => roles.get(params.role_name ?? '', context)),
    user('POST', '/roles', 500, ({body}, context) => roles.create(read.roleChange(body), context)),
    user('PUT', '/roles', 500, ({body}, context) => roles.change(read.roleChange(body), context)),
    user('DELETE', '/roles/:role_name', 500, ({params}, context) => roles.delete(params.role_name ?? '', context)),
  ]
}

/** Routes of Vearch that this version does not serve: they say why. */
function laterRoutes(): RouteSpec[] {
  const later = (method: Method, path: string, why: string) =>
    user(method, path, 500, () => Promise.reject(new CodedError('METHOD_NOT_IMPLEMENT', why)), without)
  const backup = 'backup and restore are not available yet in this version'
  const members = 'the members of etcd are changed with vearchctl master members add and remove'
  const versions = '/backup/dbs/:db_name/spaces/:space_name/versions/:version_id'
  return [
    later('POST', '/backup/dbs/:db_name/spaces/:space_name', backup),
    later('POST', '/backup/dbs/:db_name', backup),
    later('GET', `${versions}/progress`, backup),
    later('GET', '/restore/dbs/:db_name/spaces/:space_name/progress', backup),
    later('DELETE', versions, backup),
    later('DELETE', `${versions}/direct`, backup),
    later('POST', '/members', members),
    later('DELETE', '/members', members),
  ]
}

function isDetail(query: Readonly<Record<string, string | undefined>>): boolean {
  return query.detail === 'true'
}

/**
 * Whether the masters would create a space, without asking them to: all that they would refuse or wait for, by the rules that ours
 * apply, which are Vearch's. Pure.
 */
import type {NodeId} from '../../entity/ids.js'
import type {Server} from '../../entity/server.js'
import {planSpace, type SpacePlan, type SpaceRequest, spaceFault} from '../../entity/space-request.js'
import {eligibleServers, place} from '../../master/placement.js'
import {isBeingCreated} from '../../master/space-creation.js'
import {type Message, say} from '../messages/message.js'
import {idsInUse} from '../picture/ids-in-use.js'
import {replicasByNode} from '../picture/node-load.js'
import type {ClusterPicture} from '../picture/picture.js'
import type {SpaceName} from './space-row.js'

export interface CreationRow {
  readonly check: 'schema' | 'db' | 'name' | 'locks' | 'masters' | 'store' | 'ids' | 'servers' | 'server'
  readonly subject: string
  /** `out`: this server is passed over. `doubtful`: it could not be asked, or would be created and be of no use. */
  readonly verdict: 'ok' | 'refused' | 'waits' | 'out' | 'doubtful'
  readonly detail: Message
}

type Judged = Pick<CreationRow, 'verdict' | 'detail'>

const ok: Judged = {verdict: 'ok', detail: say('creation.ok')}
const limitedReplicas = 3

export function checkCreation(picture: ClusterPicture, name: SpaceName, request: SpaceRequest): CreationRow[] {
  const isLimited = picture.config.told ? (picture.config.value.config?.global.limited_replica_num ?? false) : null
  const fault = spaceFault(request, {limitedReplicaNum: isLimited ?? false})
  const plan = fault === null ? planSpace(request) : null
  const rows: CreationRow[] = [
    {check: 'schema', subject: request.name, ...schema(fault, plan, isLimited)},
    {check: 'db', subject: name.db, ...(dbIn(picture, name) === undefined ? noDb(name) : ok)},
    {check: 'name', subject: `${name.db}/${name.space}`, ...freeName(picture, name)},
    ...locks(picture, name),
    {check: 'masters', subject: 'masters', ...masters(picture)},
    {check: 'store', subject: 'etcd', ...store(picture)},
    ...sequences(picture),
  ]
  return plan === null ? rows : [...rows, ...servers(picture, name, plan)]
}

export function isCreatable(rows: readonly CreationRow[]): boolean {
  return rows.every(({verdict}) => verdict !== 'refused' && verdict !== 'waits')
}

function schema(fault: string | null, plan: SpacePlan | null, isLimited: boolean | null): Judged {
  if (fault !== null) return {verdict: 'refused', detail: say('creation.schema', {fault})}
  const replicas = plan?.replica_num ?? 0
  if (isLimited !== null || replicas >= limitedReplicas) return ok
  return {verdict: 'doubtful', detail: say('creation.limitUnknown', {replicas})}
}

function dbIn({metadata}: ClusterPicture, {db}: SpaceName) {
  return [...metadata.dbs.values()].find(({value}) => value.name === db)?.value
}

function noDb({db}: SpaceName): Judged {
  return {verdict: 'refused', detail: say('creation.noDb', {db})}
}

function freeName(picture: ClusterPicture, name: SpaceName): Judged {
  const db = dbIn(picture, name)?.id
  const same = [...picture.metadata.spaces.values()].find(
    ({value}) => value.db_id === db && value.name === name.space,
  )?.value
  if (same === undefined) return ok
  const {id} = same
  if (isBeingCreated(same)) return {verdict: 'waits', detail: say('creation.beingMade', {id})}
  return {verdict: 'refused', detail: say('creation.taken', {id})}
}

/** A real Vearch creates the spaces of a db one after the other, under a lock of the db. */
function locks({metadata, leases}: ClusterPicture, {db}: SpaceName): CreationRow[] {
  const held = metadata.locks.filter(({value}) => value.name.includes(`/${db}/`))
  if (held.length === 0) return [{check: 'locks', subject: db, ...ok}]
  return held.map(({value: {name}, lease}) => {
    const isGone = lease === null || (leases.told && leases.value.get(lease) === null)
    const detail = isGone ? say('creation.lockLeft', {name}) : say('creation.locked', {name})
    return {check: 'locks', subject: db, verdict: 'waits', detail}
  })
}

function masters({masters: asked}: ClusterPicture): Judged {
  if (asked.length === 0) return {verdict: 'doubtful', detail: say('creation.mastersNotAsked')}
  return asked.some(({told}) => told) ? ok : {verdict: 'waits', detail: say('creation.noMaster')}
}

function store({masters: asked}: ClusterPicture): Judged {
  const errors = asked.flatMap((master) => (master.told ? master.value.memberErrors : [])).flatMap((one) => one.errors)
  const alarm = errors.find((error) => error.includes('NOSPACE'))
  return alarm === undefined ? ok : {verdict: 'refused', detail: say('creation.alarm', {alarm})}
}

function sequences(picture: ClusterPicture): CreationRow[] {
  return idsInUse(picture).flatMap(({sequence, last, highest}): CreationRow[] => {
    if (sequence !== 'space' && sequence !== 'partition') return []
    const isBehind = last === null || last < highest
    const clash: Judged = {verdict: 'refused', detail: say('creation.sequence', {last, highest})}
    return [{check: 'ids', subject: sequence, ...(isBehind ? clash : ok)}]
  })
}

function servers(picture: ClusterPicture, name: SpaceName, plan: SpacePlan): CreationRow[] {
  const {metadata, settings} = picture
  const load = replicasByNode(picture)
  const dbServers = dbIn(picture, name)?.ps ?? []
  const wanted = {resourceName: plan.resource_name, dbServers, cordoned: new Set(metadata.cordons.keys())}
  const all = [...metadata.servers].map(([id, {value}]): Server => ({...value, name: id}))
  const eligible = new Set(eligibleServers(all, wanted).map((server) => server.name))
  const judged = all.map((server) => ({
    server,
    row: {
      check: 'server',
      subject: `node ${server.name}`,
      ...(eligible.has(server.name)
        ? open(picture, server.name, load.get(server.name) ?? 0)
        : {verdict: 'out', detail: passedOver(picture, server, wanted)}),
    } satisfies CreationRow,
  }))
  const live = judged.flatMap(({server, row}) => (row.verdict === 'out' ? [] : [server]))
  const partitions = plan.partitionNames.length
  const placement = place(live, load, {
    ...wanted,
    partitions,
    replicas: plan.replica_num,
    antiAffinity: settings.antiAffinity,
    rotation: idsInUse(picture).find(({sequence}) => sequence === 'partition')?.last ?? 0,
  })
  const summary: Judged = placement.placed
    ? {
        verdict: 'ok',
        detail: say('creation.placed', {
          partitions,
          replicas: plan.replica_num,
          nodes: [...new Set(placement.assignment.flat())].sort((a, b) => a - b),
        }),
      }
    : {verdict: 'refused', detail: say('creation.notPlaced', {reason: placement.reason})}
  return [{check: 'servers', subject: plan.resource_name, ...summary}, ...judged.map(({row}) => row)]
}

function open({nodes, settings}: ClusterPicture, node: NodeId, replicas: number): Judged {
  const answer = nodes.get(node)
  // one that nobody could ask is pinged by the master, and may well answer
  if (answer?.told === false && answer.silence.reason !== 'notAsked') {
    return {verdict: 'out', detail: say('creation.silent', {detail: answer.silence.detail})}
  }
  const percent = answer?.told === true ? (answer.value.stats?.fs.used_percent ?? 0) : 0
  if (percent < settings.resourceLimitRate * 100) return {verdict: 'ok', detail: say('creation.open', {replicas})}
  return {verdict: 'doubtful', detail: say('creation.full', {percent: Math.round(percent)})}
}

function passedOver(
  {metadata}: ClusterPicture,
  {name, resource_name: pool, ip}: Server,
  {resourceName, dbServers}: {readonly resourceName: string; readonly dbServers: readonly string[]},
): Message {
  const cordon = metadata.cordons.get(name)
  if (cordon !== undefined) return say('creation.cordoned', {reason: cordon.value.reason})
  if (pool !== resourceName) return say('creation.otherPool', {pool, wanted: resourceName})
  return dbServers.length > 0 ? say('creation.notOfDb', {ips: dbServers, ip}) : say('creation.private')
}

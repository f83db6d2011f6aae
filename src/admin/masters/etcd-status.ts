import {type CodedError, toCodedError} from '../../errors/coded-error.js'
import type {EtcdAlarm, EtcdEndpointStatus, EtcdMember, EtcdUpkeep} from '../../meta/etcd-store-upkeep.js'
import type {CallOptions} from '../../meta/store.js'
import type {Listing} from '../listing.js'

/** One endpoint of the store that holds the metadata. */
export interface EtcdLine {
  readonly endpoint: string
  readonly member: string | null
  readonly name: string | null
  readonly role: 'leader' | 'follower' | 'learner' | 'leaderless' | null
  readonly version: string | null
  readonly dbBytes: number | null
  readonly usedBytes: number | null
  readonly revision: number | null
  readonly term: number | null
  readonly alarms: readonly EtcdAlarm['alarm'][]
  /** Why it did not answer. */
  readonly silence: string | null
}

/** Each endpoint is asked for itself. Errors: META_UNREACHABLE where none answers. */
export async function etcdStatus(etcd: EtcdUpkeep, options: CallOptions): Promise<Listing<EtcdLine>> {
  const asked = await Promise.all(
    etcd.endpoints.map((endpoint) =>
      etcd.statusOf(endpoint, options).then(
        (status) => ({endpoint, status, error: null}),
        (thrown: unknown) => ({endpoint, status: null, error: toCodedError(thrown)}),
      ),
    ),
  )
  const first = asked.find(({error}) => error !== null)?.error
  if (first != null && asked.every(({error}) => error !== null)) throw first
  const [members, alarms] = await Promise.all([etcd.members(options), etcd.alarms(options)])
  const rows = asked.map(({endpoint, status, error}) => lineOf(endpoint, status ?? error, members, alarms))
  const exit = first != null ? 'partial' : alarms.length > 0 ? 'degraded' : 'ok'
  return {rows, source: `etcd ${etcd.endpoints.join(',')}`, warnings: [], exit}
}

function lineOf(
  endpoint: string,
  answer: EtcdEndpointStatus | CodedError,
  members: readonly EtcdMember[],
  alarms: readonly EtcdAlarm[],
): EtcdLine {
  if (answer instanceof Error) {
    const unknown = {member: null, name: null, role: null, version: null, dbBytes: null, usedBytes: null}
    return {endpoint, ...unknown, revision: null, term: null, alarms: [], silence: answer.detail}
  }
  const {member, version, dbBytes, usedBytes, revision, term} = answer
  return {
    ...{endpoint, member, version, dbBytes, usedBytes, revision, term},
    name: members.find(({id}) => id === member)?.name ?? null,
    role: roleOf(answer),
    alarms: alarms.filter((alarm) => alarm.member === member).map(({alarm}) => alarm),
    silence: null,
  }
}

function roleOf({member, leader, isLearner}: EtcdEndpointStatus): EtcdLine['role'] {
  if (isLearner) return 'learner'
  if (leader === '0') return 'leaderless'
  return leader === member ? 'leader' : 'follower'
}

/**
 * Who belongs to the etcd that holds the metadata. A change is refused where those that answer would be no majority of those that
 * then count: nothing could be written until one more runs.
 */
import {CodedError, paramError} from '../../errors/coded-error.js'
import type {EtcdMember, EtcdUpkeep} from '../../meta/etcd-store-upkeep.js'
import type {MetaReading} from '../../meta/reading.js'
import type {CallOptions, KeyValue} from '../../meta/store.js'
import type {GuardedWriter} from '../changes/guarded-writer.js'
import {type Objection, type Proposal, proposal} from '../changes/proposal.js'
import type {Listing} from '../listing.js'

/** Etcd changes no members before they have been connected for five seconds. */
export const changeTimeoutMs = 20_000

export interface MemberRow extends EtcdMember {
  /** For the newcomer's first start. */
  readonly initialCluster: string
}

export interface Removal {
  readonly member: EtcdMember
  /** Of the master, if it has one. */
  readonly record: KeyValue | null
  readonly plan: Proposal
}

/** Errors: PARAM_ERROR. */
export async function additionPlan(etcd: EtcdUpkeep, peerUrl: string, options: CallOptions): Promise<Proposal> {
  if (!/^https?:\/\/[^/]+:\d+$/.test(peerUrl)) {
    throw paramError(`${peerUrl} is no peer URL`, {hint: 'write http://10.0.0.4:2390'})
  }
  const voters = (await etcd.members(options)).filter(({isLearner}) => !isLearner)
  const objections = await quorumOf(etcd, voters, voters.length + 1, options)
  const steps = [{step: 'add a member to etcd', subject: peerUrl, before: null, after: peerUrl}]
  return proposal('master members add', steps, {objections})
}

export async function addMember(
  etcd: EtcdUpkeep,
  writer: GuardedWriter,
  peerUrl: string,
  options: CallOptions,
): Promise<Listing<MemberRow>> {
  const request = {action: 'master members add', request: `MemberAdd ${peerUrl}`}
  const {value: member} = await writer.request(request, () => etcd.addMember(peerUrl, options))
  const members = await etcd.members(options)
  const initialCluster = members
    .flatMap(({id, name, peerUrls}) => peerUrls.map((url) => `${id === member.id ? 'NAME' : name}=${url}`))
    .join(',')
  return {rows: [{...member, initialCluster}], source: null, warnings: []}
}

/** Errors: NOT_FOUND, GUARD_FAILED for the last one. */
export async function prepareRemoval(
  etcd: EtcdUpkeep,
  meta: MetaReading,
  named: string,
  options: CallOptions,
): Promise<Removal> {
  const members = await etcd.members(options)
  const member = members.find(({id, name}) => id === named || name === named)
  if (member === undefined) {
    const names = members.map(({id, name}) => (name === '' ? id : `${name} (${id})`)).join(', ')
    throw new CodedError('NOT_FOUND', `etcd has no member ${named}`, {hint: `its members: ${names}`})
  }
  if (members.length === 1) throw new CodedError('GUARD_FAILED', `${named} is the only member: the metadata is in it`)
  const others = members.filter(({id, isLearner}) => id !== member.id && !isLearner)
  const objections = await quorumOf(etcd, others, others.length, options)
  const record = await meta.get(meta.keys.member(member.id))
  const steps = [
    {
      step: `remove member ${member.name} from etcd`,
      subject: `member ${member.id}`,
      before: member.peerUrls,
      after: null,
    },
    ...(record === null
      ? []
      : [{step: 'delete the record of its master', subject: record.key, before: null, after: null}]),
  ]
  return {member, record, plan: proposal('master members remove', steps, {objections, isDestructive: true})}
}

export async function removeMember(
  etcd: EtcdUpkeep,
  writer: GuardedWriter,
  {member, record}: Removal,
  options: CallOptions,
): Promise<Listing<EtcdMember>> {
  const request = {action: 'master members remove', request: `MemberRemove ${member.id} ${member.name}`}
  await writer.request(request, () => etcd.removeMember(member.id, options))
  if (record !== null) await writer.apply('master members remove', [{key: record.key, before: record, after: null}])
  return {rows: [member], source: null, warnings: []}
}

/** None, if a majority of `voters` answers at the addresses that they announce. */
async function quorumOf(
  etcd: EtcdUpkeep,
  voters: readonly EtcdMember[],
  votersThen: number,
  options: CallOptions,
): Promise<readonly Objection[]> {
  const answers = await Promise.all(voters.map((member) => answersFor(etcd, member, options)))
  const alive = answers.filter((answered) => answered).length
  const needed = Math.floor(votersThen / 2) + 1
  if (alive >= needed) return []
  const reason = `${needed} of ${votersThen} members would have to agree, and ${alive} answer from here`
  return [{guard: 'quorum', reason}]
}

async function answersFor(etcd: EtcdUpkeep, {id, clientUrls}: EtcdMember, options: CallOptions): Promise<boolean> {
  for (const url of clientUrls) {
    const status = await etcd.statusOf(url, options).catch(() => null)
    if (status?.member === id) return true
  }
  return false
}

/**
 * `repair CODE [SUBJECT]`: a plan for what a check found, one recipe per code. Only what follows from the facts of the picture;
 * where a person must choose, the error says what to look at.
 *
 * A record that is written keeps every field that it had, also those that no code here knows.
 */

import {dbId, nodeId, type PartitionId, partitionId} from '../../entity/ids.js'
import {stringifyJson} from '../../entity/json.js'
import {CodedError} from '../../errors/coded-error.js'
import {checkOf, findingsOf} from '../doctor/doctor.js'
import {type Finding, findingText, subjectText} from '../doctor/finding.js'
import {counted} from '../messages/counted.js'
import {say} from '../messages/message.js'
import {idsInUse} from '../picture/ids-in-use.js'
import {docsOf, intendedReplicas, type PartitionSight} from '../picture/partition-sight.js'
import {type ClusterPicture, isAlive, spaceName} from '../picture/picture.js'
import type {Known} from '../picture/record.js'
import {damagedReplicas, soundReplicas, wasHeard} from '../picture/sight-facts.js'
import type {Plan} from './plan.js'
import {type DraftOptions, PlanDraft} from './plan-draft.js'
import {recordText} from './record-text.js'

type Recipe = (draft: PlanDraft, finding: Finding) => void

/** Errors: USAGE for a code that there is not, NOT_FOUND where nothing is found, GUARD_FAILED where nothing can be done so. */
export function planRepair(
  picture: ClusterPicture,
  code: string,
  subject: string | null,
  options: Pick<DraftOptions, 'force'> = {},
): Plan {
  const check = checkOf(code)
  const found = findingsOf(check, picture).filter(
    (finding) => subject === null || subject === subjectText(finding.subject) || subject === finding.subject.name,
  )
  if (found.length === 0) {
    const of = subject === null ? '' : ` of ${subject}`
    throw new CodedError('NOT_FOUND', `${check.code} finds nothing${of}`, {hint: `vearchctl doctor ${check.code}`})
  }
  const recipe = recipes[check.code]
  if (recipe === undefined) {
    const next = [...new Set(found.map((finding) => finding.next))].slice(0, 3).join('; ')
    throw new CodedError('GUARD_FAILED', `${check.code} has no repair that follows from the facts alone`, {
      hint: `${next}; vearchctl doctor explain ${check.code}`,
    })
  }
  const draft = new PlanDraft(picture, {
    action: `repair ${check.code}${subject === null ? '' : ` ${subject}`}`,
    ...options,
  })
  for (const finding of found) {
    recipe(draft, finding)
    draft.cures(check.code, subjectText(finding.subject))
  }
  return draft.build()
}

/** A finding by what it is of: what makes it another one. */
export type FindingName = Pick<Finding, 'code' | 'subject'>

/** What lets others work comes first; last what masters change, whose records no step may change after them. */
const repairOrder = ['VC114', 'VC107', 'VC108', 'VC105', 'VC104', 'VC102', 'VC106', 'VC116', 'VC111', 'VC115', 'VC103']

/** One plan for many findings. What cannot be repaired, or is not found any more, is blocked with its reason. */
export function planRepairs(
  picture: ClusterPicture,
  wanted: readonly FindingName[],
  {action, force}: Pick<DraftOptions, 'action' | 'force'>,
): Plan {
  const draft = new PlanDraft(picture, {action, ...(force === undefined ? {} : {force})})
  const found = new Map<string, Finding>()
  for (const code of new Set(wanted.map((finding) => finding.code))) {
    for (const finding of findingsOf(checkOf(code), picture)) found.set(findingText(finding), finding)
  }
  const block = ({code, subject}: FindingName, reason: string) =>
    draft.block(say('plan.blocked.finding', {code, subject: subjectText(subject), reason}))
  const rank = ({code}: FindingName) => repairOrder.indexOf(code)
  for (const finding of wanted.toSorted((a, b) => rank(a) - rank(b))) {
    const {code} = finding
    const current = found.get(findingText(finding))
    const recipe = recipes[code]
    if (current === undefined) block(finding, 'not found any more')
    else if (recipe === undefined) block(finding, `no repair follows from the facts alone; ${current.next}`)
    else {
      try {
        recipe(draft, current)
        draft.cures(code, subjectText(current.subject))
      } catch (thrown) {
        if (!(thrown instanceof CodedError)) throw thrown
        block(finding, thrown.detail)
      }
    }
  }
  return draft.build()
}

/** Codes that can be repaired by a plan. */
export function isRepairable(code: string): boolean {
  return Object.hasOwn(recipes, code)
}

const recipes: Readonly<Partial<Record<string, Recipe>>> = {
  VC102: recordLeader,
  VC103: addReplicas,
  VC104: alignRecords,
  VC105: recordPartition,
  VC106: dropPartition,
  VC107: restoreDb,
  VC108: alignDb,
  VC111: (draft, {subject}) => draft.forget(nodeId(Number(subject.name))),
  VC114: raiseSequence,
  VC115: dropLock,
  VC116: dropAlias,
  VC137: rebuildReplica,
}

function sightOf({picture}: PlanDraft, {subject}: Finding): PartitionSight {
  const sight = picture.partitions.get(partitionId(Number(subject.name)))
  if (sight === undefined) throw new CodedError('PARTITION_NOT_EXIST', subjectText(subject))
  return sight
}

function rewrite<T extends object>(draft: PlanDraft, record: Known<T>, change: (now: T) => Partial<T>): void {
  const now = draft.current(record)
  draft.write(record.key, stringifyJson(record.value), stringifyJson({...now, ...change(now)}))
}

/** The leader that raft has, with the term in which it was elected: an older registration will not overwrite it. */
function recordLeader(draft: PlanDraft, finding: Finding): void {
  const {record, id, raft} = sightOf(draft, finding)
  if (record === null || raft?.leader == null) throw unknownLeader(id)
  const {leader: leader_name, term} = raft
  rewrite(draft, record, () => ({leader_name, term}))
}

function addReplicas(draft: PlanDraft, finding: Finding): void {
  const sight = sightOf(draft, finding)
  const {seats} = draft.sight(sight.id)
  const wanted = sight.listing?.space.value.replica_num ?? 0
  const dead = seats.replicas.filter((node) => !isAlive(draft.picture, node))
  for (const node of dead) {
    const [to] = draft.candidates.forReplica(sight, node)
    draft.attempt(sight.id, () => draft.move(sight.id, node, to ?? noServer(sight.id)))
  }
  for (let count = seats.replicas.length; count < wanted; count++) {
    const taken = draft.sight(sight.id).seats.replicas
    const to = draft.candidates.forReplica(sight).find((node) => !taken.includes(node))
    draft.attempt(sight.id, () => draft.add(sight.id, to ?? noServer(sight.id)))
  }
}

/** On the server where it is, from the leader. */
function rebuildReplica(draft: PlanDraft, finding: Finding): void {
  const sight = sightOf(draft, finding)
  if (soundReplicas(sight).length === 0) {
    throw new CodedError('GUARD_FAILED', `partition ${sight.id}: no other replica is sound, so this is its last copy`, {
      hint: `start the servers that have the others, or restore a backup: vearchctl why partition ${sight.id}`,
    })
  }
  for (const {node} of damagedReplicas(sight)) {
    if (!draft.sight(sight.id).seats.replicas.includes(node)) continue
    draft.remove(sight.id, node)
    draft.add(sight.id, node)
  }
}

function noServer(partition: PartitionId): never {
  throw new CodedError('GUARD_FAILED', `no server may take a replica of partition ${partition}`)
}

/** Raft's membership is what counts: both records are made to say the same. */
function alignRecords(draft: PlanDraft, finding: Finding): void {
  const {record, listing, id, raft} = sightOf(draft, finding)
  if (raft === null || raft.members.length === 0) throw unknownLeader(id)
  const {members} = raft
  if (record !== null) rewrite(draft, record, () => ({replicas: members}))
  if (listing === null) return
  rewrite(draft, listing.space, ({partitions}) => ({
    partitions: partitions.map((partition) => (partition.id === id ? {...partition, replicas: members} : partition)),
  }))
}

/** What the space says of it, and who leads by raft. */
function recordPartition(draft: PlanDraft, finding: Finding): void {
  const {listing, id, raft} = sightOf(draft, finding)
  if (listing === null || raft?.leader == null) throw unknownLeader(id)
  const {term, leader, members} = raft
  const replicas = members.length > 0 ? members : (listing.partition.replicas ?? [])
  const updatedAt = BigInt(draft.picture.takenAtMs) * 1_000_000n
  const record = {...listing.partition, leader_name: leader, replicas, term, update_time: updatedAt}
  draft.write(draft.picture.metadata.keys.partition(id), null, stringifyJson(record))
}

function unknownLeader(id: PartitionId): CodedError {
  return new CodedError('GUARD_FAILED', `partition ${id}: no leader was heard, so what is true is not known`, {
    hint: `vearchctl why partition ${id}`,
  })
}

/** Only where every server that may have it was heard, and none has a document of it. */
function dropPartition(draft: PlanDraft, finding: Finding): void {
  const sight = sightOf(draft, finding)
  const {record, id} = sight
  if (record === null) return
  const silent = intendedReplicas(sight).filter((node) => !wasHeard(draft.picture, node))
  const documents = docsOf(sight) ?? 0
  const hint = `bring its space back from a backup, or look first: vearchctl why partition ${id}`
  if (documents > 0)
    throw new CodedError('GUARD_FAILED', `partition ${id} has ${counted(documents, 'document')}`, {hint})
  if (silent.length > 0) {
    throw new CodedError('GUARD_FAILED', `partition ${id} may have documents at nodes ${silent.join(', ')}`, {hint})
  }
  draft.write(record.key, stringifyJson(record.value), null)
}

function restoreDb(draft: PlanDraft, {subject}: Finding): void {
  const {metadata} = draft.picture
  const space = [...metadata.spaces.values()].find(({value}) => spaceName(draft.picture, value) === subject.name)
  const id = space?.value.db_id
  const name =
    id === undefined
      ? undefined
      : (metadata.dbNames.get(id)?.value ?? [...metadata.dbIds].find(([, {value}]) => Number(value) === id)?.[0])
  if (id === undefined || name === undefined) {
    throw new CodedError('GUARD_FAILED', `no key tells the name of the database of ${subject.name}`, {
      hint: 'restore it from a backup',
    })
  }
  draft.write(metadata.keys.db(id), null, stringifyJson({id, name}))
}

/** The body counts; where there is none, an index that leads nowhere goes. */
function alignDb(draft: PlanDraft, {subject}: Finding): void {
  const {dbs, dbIds, dbNames, keys} = draft.picture.metadata
  const body = [...dbs.values()].find(({value}) => value.name === subject.name || String(value.id) === subject.name)
  const id = body?.value.id ?? dbId(Number(dbIds.get(subject.name)?.value ?? subject.name))
  const name = body?.value.name ?? null
  const wanted = new Map<string, string | null>([[keys.dbName(id), name]])
  for (const [known, {value}] of dbIds)
    if (Number(value) === id) wanted.set(keys.dbId(known), known === name ? String(id) : null)
  if (name !== null) wanted.set(keys.dbId(name), String(id))
  for (const [key, after] of wanted) {
    const parsed = keys.parse(key)
    const before =
      parsed.kind === 'dbName'
        ? dbNames.get(parsed.id)?.value
        : parsed.kind === 'dbId'
          ? dbIds.get(parsed.name)?.value
          : undefined
    if ((before ?? null) !== after) draft.write(key, before ?? null, after)
  }
}

function raiseSequence(draft: PlanDraft, {subject}: Finding): void {
  const use = idsInUse(draft.picture).find(({sequence}) => sequence === subject.name)
  if (use !== undefined) draft.write(use.key, use.record?.value ?? null, String(use.highest))
}

function dropLock(draft: PlanDraft, {subject}: Finding): void {
  for (const {key, value} of draft.picture.metadata.locks) {
    if (value.name === subject.name) draft.write(key, recordText(value), null, {isFinal: true})
  }
}

function dropAlias(draft: PlanDraft, {subject}: Finding): void {
  const alias = draft.picture.metadata.aliases.get(subject.name)
  if (alias !== undefined) draft.write(alias.key, stringifyJson(alias.value), null)
}

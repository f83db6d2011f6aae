/**
 * An id that an operator has chosen for a new server.
 *
 * It is taken from the sequence like any other, which moves up to it: nobody gets it again (P6), and nobody got it before. An id at
 * or below the sequence is refused whatever became of its server: a machine with that server's data may come back, and what it has
 * voted under the id is known nowhere else (P8). So is one that the metadata names although the sequence is behind it.
 */
import type {NodeId, PartitionId} from '../entity/ids.js'
import {CodedError} from '../errors/coded-error.js'
import type {MetaRepository} from '../meta/repository.js'
import {lastIdIn} from '../meta/sequence.js'
import type {Compare} from '../meta/store.js'

/** Each time, another server got an id at that moment. */
const conflictsMax = 100

/** Errors: GUARD_FAILED; DATA_CORRUPT; META_UNREACHABLE, of which `unknown` means that the id may be taken, and is lost. */
export async function takeNamedId(repository: MetaRepository, id: NodeId, signal: AbortSignal): Promise<NodeId> {
  for (let conflict = 0; conflict < conflictsMax; conflict++) if (await take(repository, id, signal)) return id
  throw refused(id, 'others took ids again and again meanwhile', 'start it again')
}

/** False where something changed meanwhile. */
async function take(repository: MetaRepository, id: NodeId, signal: AbortSignal): Promise<boolean> {
  const {store, keys} = repository
  const sequence = keys.sequence('node')
  const kv = await store.get(sequence, {signal})
  const last = lastIdIn(kv)
  if (last === null) {
    throw new CodedError('DATA_CORRUPT', `${sequence} holds no id`, {hint: 'vearchctl repair VC114'})
  }
  const holder = await holderOf(repository, id, signal)
  if (holder !== null) throw refused(id, holder.reason, holder.hint)
  if (id <= last) {
    const reason = `ids up to ${last} were given out already, and a server that had it may come back with what it has voted`
    throw refused(id, reason, `take the next one: leave out --node-id, or --node-id ${last + 1}`)
  }
  const isStill = (key: string, modRevision: number): Compare => ({key, target: 'modRevision', equals: modRevision})
  const {succeeded} = await store.transact(
    {
      compare: [isStill(sequence, kv?.modRevision ?? 0), isStill(keys.server(id), 0), isStill(keys.failServer(id), 0)],
      then: [{type: 'put', key: sequence, value: String(id)}],
    },
    {signal},
  )
  return succeeded
}

interface Holder {
  readonly reason: string
  readonly hint: string
}

async function holderOf(repository: MetaRepository, id: NodeId, signal: AbortSignal): Promise<Holder | null> {
  const {keys, store} = repository
  const server = await repository.server(id, {signal})
  if (server !== null) {
    const {ip, rpc_port} = server.value
    return {reason: `that server is alive at ${ip}:${rpc_port}`, hint: 'leave out --node-id: it then gets a new id'}
  }
  const named = await partitionsThatName(repository, id, signal)
  const hasFailed = (await store.get(keys.failServer(id), {signal})) !== null
  const reasons = [
    ...(hasFailed ? ['that server has failed and was not recovered'] : []),
    ...(named.length > 0 ? [`partitions ${named.join(', ')} still name it`] : []),
  ]
  if (reasons.length === 0) return null
  const hint = `start this one without --node-id, then: vearchctl node replace ${id} NEW`
  return {reason: reasons.join('; '), hint}
}

/** By the partition's own record, or by its space's. */
async function partitionsThatName(
  repository: MetaRepository,
  id: NodeId,
  signal: AbortSignal,
): Promise<readonly PartitionId[]> {
  const [records, spaces] = await Promise.all([repository.partitions({signal}), repository.spaces({signal})])
  const all = [...records.items.map(({value}) => value), ...spaces.items.flatMap(({value}) => value.partitions)]
  const naming = new Set(all.flatMap((partition) => ((partition.replicas ?? []).includes(id) ? [partition.id] : [])))
  return [...naming].sort((a, b) => a - b)
}

function refused(id: NodeId, reason: string, hint: string): CodedError {
  return new CodedError('GUARD_FAILED', `no new server may be node ${id}: ${reason}`, {hint})
}

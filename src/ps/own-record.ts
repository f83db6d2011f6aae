/**
 * Whether the metadata's record of a server with our id is our own.
 *
 * A record that an earlier run of this server left behind has its address and is simply taken over. One with another
 * address is either such a leftover, then it goes with its lease, or a second server with our id, then it stays and this
 * one must not start.
 */
import type {NodeId} from '../entity/ids.js'
import type {Server} from '../entity/server.js'
import type {Env} from '../env/env.js'
import {CodedError} from '../errors/coded-error.js'
import {decodeRecord, type MetaRepository} from '../meta/repository.js'
import type {KeyValue} from '../meta/store.js'

type Address = Pick<Server, 'ip' | 'rpc_port'>

const pollMs = 200
/** Beyond its time to live: etcd ends leases about once in half a second. */
const leaseGraceMs = 2_000

/** Waits out what an earlier run left behind, and a store that is away. Errors: NODE_ID_LIVE_ELSEWHERE. */
export async function whenIdIsFree(
  repository: MetaRepository,
  self: Address & Pick<Server, 'name'>,
  ttlSeconds: number,
  {clock}: Pick<Env, 'clock'>,
  signal: AbortSignal,
): Promise<void> {
  const key = repository.keys.server(self.name)
  const endsAt = clock.nowMs() + ttlSeconds * 1_000 + leaseGraceMs
  for (;;) {
    const held = await repository.store.get(key, {signal}).catch(unanswered)
    if (held === null || (held !== undefined && isSameServer(held, self))) return
    if (held !== undefined && clock.nowMs() >= endsAt) throw liveElsewhere(repository, self.name)
    await clock.sleep(pollMs, signal)
  }
}

function unanswered(thrown: unknown): undefined {
  if (thrown instanceof CodedError && thrown.errorName === 'META_UNREACHABLE') return undefined
  throw thrown
}

/** Whether the record was written by a server that listens where this one does: an earlier run of it. */
export function isSameServer(held: Pick<KeyValue, 'value'>, {ip, rpc_port}: Address): boolean {
  try {
    const record = decodeRecord<Server>(held.value)
    return record.ip === ip && record.rpc_port === rpc_port
  } catch {
    return true
  }
}

export function liveElsewhere({keys}: MetaRepository, id: NodeId, cause?: CodedError): CodedError {
  return new CodedError(
    'NODE_ID_LIVE_ELSEWHERE',
    `node ${id} is registered under another address: ${keys.server(id)}`,
    {
      hint: 'Two servers have the same data directory, or copies of it: stop one of them.',
      ...(cause === undefined ? {} : {cause}),
    },
  )
}

import type {KeyValue} from '../meta/store.js'
import type {Call, Cluster} from './cluster.js'
import {onEach} from './partition-servers.js'

/**
 * Deletes the locks that nobody holds any more: those without a lease, or whose lease is gone. A lock that is held stays, for
 * its holder would go on without it. Returns the keys deleted.
 */
export async function cleanLocks({repository}: Cluster, call: Call): Promise<string[]> {
  const {store, keys} = repository
  const {kvs} = await store.range(keys.lockPrefix, {signal: call.signal})
  const outcomes = await onEach(kvs, async (lock) => {
    if (await isHeld(lock)) return false
    const compare = [{key: lock.key, target: 'modRevision', equals: lock.modRevision} as const]
    return (await store.transact({compare, then: [{type: 'delete', key: lock.key}]}, call)).succeeded
  })
  return kvs.filter((_, position) => isDeleted(outcomes[position])).map(({key}) => key)

  async function isHeld({lease}: KeyValue): Promise<boolean> {
    return lease !== null && (await store.leaseTimeToLive(lease, {signal: call.signal})) !== null
  }
}

function isDeleted(outcome: {readonly ok: boolean; readonly value?: boolean} | undefined): boolean {
  return outcome?.ok === true && outcome.value === true
}

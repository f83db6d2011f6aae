/**
 * Space of the store: history is forgotten (compact), what is free is given back (defrag), and the alarm that a full store
 * has raised is taken back (alarm), in this order. Every change is in the journal.
 */
import type {EtcdAlarm, EtcdUpkeep} from '../../meta/etcd-store-upkeep.js'
import type {CallOptions} from '../../meta/store.js'
import type {GuardedWriter} from '../changes/guarded-writer.js'
import {type Proposal, proposal} from '../changes/proposal.js'
import type {Listing} from '../listing.js'

export interface Defragmented {
  readonly endpoint: string
  readonly beforeBytes: number
  readonly afterBytes: number
}

/** One endpoint after the other: each answers nothing while it lasts. */
export function defragPlan(endpoints: readonly string[]): Proposal {
  const steps = endpoints.map((subject) => ({
    step: 'give free space back; it answers nothing meanwhile',
    subject,
    before: null,
    after: null,
  }))
  return proposal('master etcd defrag', steps)
}

export async function defragment(
  etcd: EtcdUpkeep,
  writer: GuardedWriter,
  endpoints: readonly string[],
  options: CallOptions,
): Promise<Listing<Defragmented>> {
  const rows: Defragmented[] = []
  for (const endpoint of endpoints) {
    const {dbBytes: beforeBytes} = await etcd.statusOf(endpoint, options)
    const request = {action: 'master etcd defrag', request: `Defragment ${endpoint}`}
    await writer.request(request, () => etcd.defragment(endpoint, options))
    const {dbBytes: afterBytes} = await etcd.statusOf(endpoint, options)
    rows.push({endpoint, beforeBytes, afterBytes})
  }
  return {rows, source: null, warnings: []}
}

export function compactPlan(revision: number): Proposal {
  const step = `forget what was before revision ${revision}: no --at, no meta history, no events from there`
  return proposal('master etcd compact', [{step, subject: `revision ${revision}`, before: null, after: null}], {
    isDestructive: true,
  })
}

export async function compact(
  etcd: EtcdUpkeep,
  writer: GuardedWriter,
  revision: number,
  options: CallOptions,
): Promise<Listing<{readonly revision: number}>> {
  const request = {action: 'master etcd compact', request: `Compact ${revision}`}
  await writer.request(request, () => etcd.compact(revision, options))
  return {rows: [{revision}], source: null, warnings: []}
}

export function disarmPlan(alarms: readonly EtcdAlarm[]): Proposal {
  const steps = alarms.map(({member, alarm}) => ({
    step: `take back alarm ${alarm}`,
    subject: `member ${member}`,
    before: alarm,
    after: null,
  }))
  return proposal('master etcd alarm', steps)
}

export async function disarm(
  etcd: EtcdUpkeep,
  writer: GuardedWriter,
  alarms: readonly EtcdAlarm[],
  options: CallOptions,
): Promise<void> {
  for (const alarm of alarms) {
    const request = {action: 'master etcd alarm', request: `Disarm ${alarm.alarm} of ${alarm.member}`}
    await writer.request(request, () => etcd.disarm(alarm, options))
  }
}

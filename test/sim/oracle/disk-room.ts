import type {NodeId, PartitionId} from '../../../src/entity/ids.js'
import {errorCodes} from '../../../src/errors/codes.js'
import {noPage} from '../engine.js'
import type {CallEnded, Observation} from '../observation.js'
import type {Finding, Oracle} from './oracle.js'

/** As long as any call may last: one that began earlier proves nothing. */
const settledMs = 15_000

/**
 * P11: while the disk of a group's leader is full, its writes are refused with the code for that, and its reads go on; and no server
 * ends for want of room.
 *
 * Judged only while nothing else goes wrong, and long enough after anything did: then there is no other excuse. That nothing
 * acknowledged is lost and that writes resume is what P1 and P10 say anyway.
 */
export class DiskRoomOracle implements Oracle {
  /** By place: since when. */
  readonly #full = new Map<string, number>()
  readonly #nodes = new Map<string, NodeId>()
  readonly #leaders = new Map<PartitionId, {readonly node: NodeId; readonly sinceMs: number}>()
  #others = 0
  #quietSinceMs = 0

  see(seen: Observation): Finding[] {
    switch (seen.kind) {
      case 'started':
        if (seen.node !== null) this.#nodes.set(seen.place, seen.node)
        return []
      case 'led':
        this.#leaders.set(seen.group, {node: seen.node, sinceMs: seen.atMs})
        return []
      case 'disk-room':
        if (!seen.isFull) this.#full.delete(seen.place)
        else if (!this.#full.has(seen.place)) this.#full.set(seen.place, seen.atMs)
        return []
      case 'fault':
        if (seen.fault === 'disk-full' || seen.phase === 'void') return []
        this.#others = Math.max(0, this.#others + (seen.phase === 'began' ? 1 : -1))
        this.#quietSinceMs = seen.atMs
        return []
      case 'failed':
        return seen.detail === noPage
          ? [finding('a full disk ends no process', `${seen.place} at ${seen.atMs} ms`)]
          : []
      case 'call':
        return this.#call(seen)
      default:
        return []
    }
  }

  #call({atMs, verb, outcome, code, group, client}: CallEnded): Finding[] {
    if (outcome !== 'rejected' || group === null || !this.#isSettled(group, atMs)) return []
    const what = `${verb} of ${client} in group ${group} at ${atMs} ms: code ${code}`
    if (verb === 'upsert' && code !== errorCodes.PARTITION_RESOURCE_EXHAUSTED.code) {
      return [finding('a full disk is refused with 146', what)]
    }
    return verb === 'get' ? [finding('reads go on while a disk is full', what)] : []
  }

  #isSettled(group: PartitionId, atMs: number): boolean {
    const leader = this.#leaders.get(group)
    const [place = ''] = [...this.#nodes].find(([, node]) => node === leader?.node) ?? []
    const since = Math.max(this.#full.get(place) ?? atMs, this.#quietSinceMs, leader?.sinceMs ?? atMs)
    return this.#others === 0 && atMs - since >= settledMs
  }
}

function finding(rule: string, detail: string): Finding {
  return {promise: 'P11', rule, detail}
}

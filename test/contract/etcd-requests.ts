/**
 * Random requests to an etcd, from a few keys that meet often: what is valid, what is refused, and what is odd.
 */
import type {SeededRandom} from '../harness/random.js'
import type {Comparable} from './etcd-wire.js'

const keys = ['a', 'b', 'a/1', 'a/2', 'a/20', 'a/\xff', 'b/1', 'c', '\x00'].map((key) => Buffer.from(key, 'latin1'))
/** None, two prefixes, "from the key on", and one that mostly lies before the key. */
const ends = [null, null, 'a0', 'b', 'c', '\x00', 'a/2'].map((end) => (end === null ? null : Buffer.from(end)))
const leases = ['7', '8', '1234567890123', '7587862094021498883', '9223372036854775807']

export interface FuzzRequest {
  readonly method: string
  readonly request: object
}

export class EtcdRequests {
  /** The highest that a reply named. */
  revision = 1
  #compacted = 0

  constructor(readonly random: SeededRandom) {}

  next(): FuzzRequest {
    const share = this.random.next()
    if (share < 0.3) return {method: 'Range', request: this.#range()}
    if (share < 0.5) return {method: 'Put', request: this.#put()}
    if (share < 0.6) return {method: 'DeleteRange', request: this.#delete()}
    if (share < 0.86) return {method: 'Txn', request: this.#txn(2)}
    if (share < 0.87) return {method: 'Compact', request: this.#compact()}
    if (share < 0.9) return {method: 'watch', request: this.#watch()}
    return this.#lease()
  }

  learn({header}: Comparable): void {
    const revision = Number((header as {revision?: string} | undefined)?.revision ?? 0)
    this.revision = Math.max(this.revision, revision)
  }

  #chance(probability: number): boolean {
    return this.random.next() < probability
  }

  #upTo(count: number): number {
    return this.random.below(count + 1)
  }

  #key(): Buffer {
    return this.#chance(0.01) ? Buffer.alloc(0) : this.random.pick(keys)
  }

  /** An empty `range_end` must not be on the wire: etcd takes it for "from the key on". */
  #span(): object {
    const end = this.random.pick(ends)
    return {key: this.#key(), ...(end === null ? {} : {range_end: end})}
  }

  #someRevision(): string {
    return String(this.#upTo(this.revision + 2))
  }

  #recentRevision(): string {
    return String(Math.max(0, this.revision + 1 - this.random.below(40)))
  }

  #range(): object {
    const bounds = ['min_mod_revision', 'max_mod_revision', 'min_create_revision', 'max_create_revision']
    return {
      ...this.#span(),
      limit: String(this.random.pick([0, 0, 1, 2, 3, 7])),
      revision: this.#chance(0.4) ? this.#recentRevision() : this.#chance(0.1) ? this.#someRevision() : '0',
      sort_order: this.random.pick(['None', 'None', 'Ascend', 'Descend']),
      sort_target: this.random.pick(['Key', 'Key', 'Key', 'Mod', 'Create', 'Version', 'Value']),
      keys_only: this.#chance(0.1),
      count_only: this.#chance(0.1),
      serializable: this.#chance(0.1),
      ...(this.#chance(0.2) ? {[this.random.pick(bounds)]: this.#recentRevision()} : {}),
    }
  }

  #put(): object {
    const ignoreValue = this.#chance(0.08)
    const ignoreLease = this.#chance(0.08)
    return {
      key: this.#key(),
      value: ignoreValue && this.#chance(0.9) ? Buffer.alloc(0) : Buffer.from(`v${this.random.below(5)}`),
      lease: this.#chance(0.2) && !(ignoreLease && this.#chance(0.9)) ? this.random.pick(leases) : '0',
      prev_kv: this.#chance(0.3),
      ignore_value: ignoreValue,
      ignore_lease: ignoreLease,
    }
  }

  #delete(): object {
    return {...this.#span(), prev_kv: this.#chance(0.5)}
  }

  /** Behind all keys: etcd overlooks that such a delete meets a put, and can die of it, where we refuse. */
  #deleteFromKey(): object {
    return {key: Buffer.from('d'), range_end: Buffer.from([0]), prev_kv: this.#chance(0.5)}
  }

  #deleteForward(): object {
    const [key, range_end] = this.random.pick([
      ['a', null],
      ['b', null],
      ['a/2', null],
      ['a', 'a0'],
      ['a', 'c'],
      ['b', 'c'],
    ] as const)
    const end = range_end === null ? {} : {range_end: Buffer.from(range_end)}
    return {key: Buffer.from(key), ...end, prev_kv: this.#chance(0.5)}
  }

  #compare(): object {
    const target = this.random.pick(['Version', 'Create', 'Mod', 'Value', 'Lease'])
    const operand = {
      Version: {version: String(this.#upTo(4))},
      Create: {create_revision: this.#recentRevision()},
      Mod: {mod_revision: this.#recentRevision()},
      Value: {value: Buffer.from(`v${this.random.below(5)}`)},
      Lease: {lease: this.random.pick(['0', ...leases])},
    }[target]
    return {
      result: this.random.pick(['Equal', 'Greater', 'Less', 'NotEqual']),
      target,
      ...(this.#chance(0.2) ? this.#span() : {key: this.random.pick(keys)}),
      ...(this.#chance(0.05) ? {} : operand),
    }
  }

  /** Often refused for a key that is written twice, and seldom for an operation without content. */
  #operation(depth: number): object {
    const share = this.random.next()
    if (share < 0.3) return {request_range: {...this.#range(), ...(this.#chance(0.8) ? {revision: '0'} : {})}}
    if (share < 0.7) return {request_put: this.#put()}
    if (share < 0.85) return {request_delete_range: this.#chance(0.2) ? this.#deleteFromKey() : this.#deleteForward()}
    if (share < 0.99 && depth > 0) return {request_txn: this.#txn(depth - 1)}
    return share < 0.99 ? {request_put: this.#put()} : {}
  }

  #txn(depth: number): object {
    const branch = () => Array.from({length: this.random.below(4)}, () => this.#operation(depth))
    const compare = Array.from({length: this.random.below(3)}, () => this.#compare())
    return {compare, success: branch(), failure: branch()}
  }

  #compact(): object {
    const revision = Math.max(0, this.revision + 2 - this.random.below(60))
    if (revision <= this.revision) this.#compacted = Math.max(this.#compacted, revision)
    return {revision: String(revision), physical: this.#chance(0.5)}
  }

  #watch(): object {
    // At the compacted revision itself etcd 3.4 has lost the deletes; we have not.
    const start = this.random.pick([0, this.revision + 1 - this.random.below(60), this.revision + this.random.below(5)])
    return {
      ...this.#span(),
      start_revision: String(start === this.#compacted ? start + 1 : Math.max(0, start)),
      prev_kv: this.#chance(0.5),
      filters: this.#chance(0.2) ? [this.random.pick(['Noput', 'Nodelete'])] : [],
      watch_id: this.#chance(0.1) ? '5' : '0',
    }
  }

  #lease(): FuzzRequest {
    const ID = this.random.pick(leases)
    switch (this.random.below(6)) {
      case 0:
      case 1:
        return {method: 'LeaseGrant', request: {ID, TTL: this.random.pick(['100', '1000', '9000000000', '9000000001'])}}
      case 2:
        return {method: 'LeaseRevoke', request: {ID}}
      case 3:
        return {method: 'LeaseTimeToLive', request: {ID, keys: this.#chance(0.7)}}
      case 4:
        return {method: 'LeaseKeepAlive', request: {ID}}
      default:
        return {method: 'LeaseLeases', request: {}}
    }
  }
}

/** For a person who reads why a comparison failed. */
export function printable(request: object): string {
  return JSON.stringify(request, (_, value) =>
    typeof value === 'object' && value !== null && value.type === 'Buffer'
      ? Buffer.from(value.data).toString('latin1')
      : value,
  )
}

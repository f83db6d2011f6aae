/**
 * An etcd in memory: keys with revisions, transactions, leases, history. Its client is `meta-client.ts`; together they keep the
 * contract of `src/meta/store.ts`.
 *
 * The server itself never fails and never forgets. That it is away, slow, or compacted is done to it from outside.
 */
import {CodedError} from '../../src/errors/coded-error.js'
import {
  type Compare,
  type KeyValue,
  type Lease,
  type LeaseId,
  leaseId,
  type Operation,
  type OperationResult,
  type Snapshot,
  type Transaction,
  type TransactionResult,
  type WatchEvent,
} from '../../src/meta/store.js'
import type {Prng} from './prng.js'
import type {Event, World} from './world.js'

const operationsMax = 128
/** etcd's least, with Vearch's election timeout. */
const ttlSecondsMin = 2

interface Revision {
  readonly revision: number
  readonly events: readonly WatchEvent[]
}

interface Granted {
  readonly ttlSeconds: number
  endsAtUs: number
  timer: Event
}

export class SimEtcd {
  #revision = 1
  #compacted = 0
  readonly #keys = new Map<string, KeyValue>()
  /** The keys at the compacted revision. */
  #base = new Map<string, KeyValue>()
  /** The revisions after that. */
  #history: Revision[] = []
  readonly #leases = new Map<LeaseId, Granted>()
  readonly #random: Prng
  #waiting: (() => void)[] = []

  constructor(
    private readonly world: World,
    /** Told of each change, in order. */
    private readonly onChange: (event: WatchEvent) => void = () => {},
  ) {
    this.#random = world.random.fork('etcd')
  }

  get revision(): number {
    return this.#revision
  }

  range(prefix: string, revision = this.#revision, keysOnly = false): Snapshot {
    if (revision > this.#revision) throw refused('required revision is a future revision')
    if (revision < this.#compacted) throw new CodedError('META_COMPACTED', 'that revision was compacted')
    const found = [...this.#at(revision).values()].filter(({key}) => key.startsWith(prefix))
    const kvs = found.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
    return {kvs: keysOnly ? kvs.map((kv) => ({...kv, value: new Uint8Array()})) : kvs, revision}
  }

  get(key: string): KeyValue | null {
    if (key === '') throw refused('key is not provided')
    return this.#keys.get(key) ?? null
  }

  transact({compare = [], then, otherwise = []}: Transaction): TransactionResult {
    for (const branch of [then, otherwise]) checkBranch(branch)
    if (compare.length > operationsMax) throw refused('too many operations in txn request')
    const succeeded = compare.every((one) => this.#holds(one))
    const branch = succeeded ? then : otherwise
    for (const operation of branch) {
      if (operation.type === 'put' && operation.lease !== undefined && !this.#leases.has(operation.lease)) {
        throw refused('requested lease not found')
      }
    }
    const draft: WatchEvent[] = []
    const results = branch.map((operation) => this.#execute(operation, draft))
    this.#commit(draft)
    return {succeeded, revision: this.#revision, results}
  }

  /** Everything under the prefix from a revision on; null if there is nothing yet. Throws META_COMPACTED. */
  changes(prefix: string, from: number): {readonly events: readonly WatchEvent[]; readonly revision: number} | null {
    if (from < this.#compacted) throw new CodedError('META_COMPACTED', 'that revision was compacted')
    const events: WatchEvent[] = []
    for (let at = this.#history.length - 1; at >= 0; at -= 1) {
      const one = this.#history[at]
      if (one === undefined || one.revision < from) break
      const own = one.events.filter((event) => keyOf(event).startsWith(prefix))
      events.unshift(...own)
    }
    const last = events.at(-1)
    return last === undefined ? null : {events, revision: revisionOf(last)}
  }

  /** Calls back once, after the next change. */
  whenChanged(callback: () => void): void {
    this.#waiting.push(callback)
  }

  compact(revision = this.#revision): void {
    if (revision <= this.#compacted) return
    this.#base = new Map(this.#at(revision))
    this.#compacted = revision
    // A watch may still begin at the compacted revision itself.
    this.#history = this.#history.filter((one) => one.revision >= revision)
  }

  grantLease(ttlSeconds: number): Lease {
    const granted = Math.ceil(Math.max(ttlSeconds, ttlSecondsMin))
    // Beyond what a number holds, as etcd's are.
    const id = leaseId(String((1n << 60n) + BigInt(this.#random.below(2 ** 31))))
    this.#leases.set(id, {ttlSeconds: granted, endsAtUs: 0, timer: this.#timer(id, granted)})
    this.#renew(id)
    return {id, ttlSeconds: granted}
  }

  renewLease(id: LeaseId): number {
    return this.#leases.has(id) ? this.#renew(id) : 0
  }

  revokeLease(id: LeaseId): void {
    const lease = this.#leases.get(id)
    if (lease === undefined) return
    lease.timer.run = null
    this.#leases.delete(id)
    const keys = [...this.#keys.values()].filter((kv) => kv.lease === id)
    const draft: WatchEvent[] = []
    for (const {key} of keys) this.#execute({type: 'delete', key}, draft)
    this.#commit(draft)
  }

  leaseTimeToLive(id: LeaseId): number | null {
    const lease = this.#leases.get(id)
    return lease === undefined ? null : Math.max(0, Math.floor((lease.endsAtUs - this.world.nowUs) / 1_000_000))
  }

  #renew(id: LeaseId): number {
    const lease = this.#leases.get(id)
    if (lease === undefined) return 0
    lease.timer.run = null
    lease.endsAtUs = this.world.nowUs + lease.ttlSeconds * 1_000_000
    lease.timer = this.#timer(id, lease.ttlSeconds)
    return lease.ttlSeconds
  }

  /** etcd looks for leases that have ended twice a second. */
  #timer(id: LeaseId, ttlSeconds: number): Event {
    const delayUs = ttlSeconds * 1_000_000 + this.#random.below(500_000)
    return this.world.after(delayUs, null, 'lease', () => this.revokeLease(id))
  }

  #at(revision: number): Map<string, KeyValue> {
    if (revision === this.#revision) return this.#keys
    const keys = new Map(this.#base)
    for (const {revision: made, events} of this.#history) {
      if (made > revision) break
      if (made <= this.#compacted) continue
      for (const event of events) {
        if (event.type === 'put') keys.set(event.kv.key, event.kv)
        else keys.delete(event.key)
      }
    }
    return keys
  }

  #holds(compare: Compare): boolean {
    const kv = this.#keys.get(compare.key)
    switch (compare.target) {
      case 'modRevision':
      case 'createRevision':
      case 'version':
        return (kv?.[compare.target] ?? 0) === compare.equals
      case 'value':
        return kv !== undefined && Buffer.compare(kv.value, bytesOf(compare.equals)) === 0
    }
  }

  #execute(operation: Operation, draft: WatchEvent[]): OperationResult {
    const revision = this.#revision + 1
    switch (operation.type) {
      case 'get':
        return {type: 'get', kv: this.#keys.get(operation.key) ?? null}
      case 'put': {
        const {key, value, lease = null} = operation
        const before = this.#keys.get(key)
        const kv: KeyValue = {
          key,
          value: bytesOf(value),
          createRevision: before?.createRevision ?? revision,
          modRevision: revision,
          version: (before?.version ?? 0) + 1,
          lease,
        }
        this.#keys.set(key, kv)
        draft.push({type: 'put', kv})
        return {type: 'put'}
      }
      case 'delete':
        return {type: 'delete', deleted: this.#delete([operation.key], revision, draft)}
      case 'deletePrefix': {
        const keys = [...this.#keys.keys()].filter((key) => key.startsWith(operation.prefix)).sort()
        return {type: 'delete', deleted: this.#delete(keys, revision, draft)}
      }
    }
  }

  #delete(keys: readonly string[], modRevision: number, draft: WatchEvent[]): number {
    const found = keys.filter((key) => this.#keys.delete(key))
    for (const key of found) draft.push({type: 'delete', key, modRevision})
    return found.length
  }

  #commit(events: readonly WatchEvent[]): void {
    if (events.length === 0) return
    this.#revision += 1
    this.#history.push({revision: this.#revision, events})
    for (const event of events) this.onChange(event)
    for (const callback of this.#waiting.splice(0)) callback()
  }
}

function checkBranch(branch: readonly Operation[]): void {
  if (branch.length > operationsMax) throw refused('too many operations in txn request')
  const puts = new Set<string>()
  for (const operation of branch) {
    if (operation.type === 'deletePrefix') continue
    if (operation.key === '') throw refused('key is not provided')
    if (operation.type !== 'put') continue
    const isDeleted = branch.some(
      (other) =>
        (other.type === 'delete' && other.key === operation.key) ||
        (other.type === 'deletePrefix' && operation.key.startsWith(other.prefix)),
    )
    if (puts.has(operation.key) || isDeleted) throw refused('duplicate key given in txn request')
    puts.add(operation.key)
  }
}

function refused(detail: string): CodedError {
  return new CodedError('META_REFUSED', detail)
}

function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? new TextEncoder().encode(value) : Uint8Array.from(value)
}

export function keyOf(event: WatchEvent): string {
  return event.type === 'put' ? event.kv.key : event.key
}

export function revisionOf(event: WatchEvent): number {
  return event.type === 'put' ? event.kv.modRevision : event.modRevision
}

/**
 * The store within the write transaction under way: what it reads includes what it has written.
 *
 * A request makes its changes and then calls `finish`: all of them together are one revision.
 */
import {assert} from '../../errors/assert.js'
import type {Databases} from './image.js'
import {type Change, changeKey, encodeChange, encodeRecord, type KeyRecord} from './record.js'
import {leaseBytes, View} from './view.js'

export class Draft extends View {
  #base: number
  #changes: Change[] = []

  constructor(databases: Databases) {
    super(databases)
    this.#base = super.revision
  }

  /** Before the request's first change the revision that it found, from then on its own. */
  override get revision(): number {
    return this.#changes.length === 0 ? this.#base : this.#base + 1
  }

  get hasChanges(): boolean {
    return this.#changes.length > 0
  }

  /** Returns the revision; `previous` is what the key has now. */
  put(key: Buffer, value: Buffer, lease: bigint, previous: KeyRecord | null): number {
    const revision = this.#base + 1
    const current: KeyRecord = {
      key,
      value,
      createRevision: previous?.createRevision ?? revision,
      modRevision: revision,
      version: (previous?.version ?? 0) + 1,
      lease,
    }
    this.databases.current.putSync(key, encodeRecord(current))
    this.#attach(key, previous?.lease ?? 0n, lease)
    this.#note({revision, key, current, previous})
    return revision
  }

  delete(record: KeyRecord): void {
    this.databases.current.removeSync(record.key)
    this.#attach(record.key, record.lease, 0n)
    this.#note({revision: this.#base + 1, key: record.key, current: null, previous: record})
  }

  grantLease(id: bigint, ttlSeconds: number): void {
    this.databases.leases.putSync(leaseBytes(id), leaseBytes(BigInt(ttlSeconds)))
  }

  revokeLease(id: bigint): void {
    for (const key of this.keysOfLease(id)) {
      const record = this.get(key)
      assert(record !== null && record.lease === id, 'a lease lists the keys that name it')
      this.delete(record)
    }
    this.databases.leases.removeSync(leaseBytes(id))
  }

  setCompactRevision(revision: number): void {
    this.setFact('compactRevision', String(revision))
  }

  /** Removes at most `changesMax` changes below the revision; returns whether there are more. */
  forgetChangesBelow(revision: number, changesMax: number): boolean {
    const {history} = this.databases
    const keys = [...history.getKeys({start: changeKey(0, 0), end: changeKey(revision, 0), limit: changesMax})]
    for (const key of keys) history.removeSync(key)
    return keys.length === changesMax
  }

  setFact(name: string, value: string): void {
    this.databases.facts.putSync(name, Buffer.from(value))
  }

  /** Ends the request and returns its changes; the next one has the next revision. */
  finish(): readonly Change[] {
    const changes = this.#changes
    if (changes.length === 0) return changes
    this.#base++
    this.#changes = []
    this.setFact('revision', String(this.#base))
    return changes
  }

  /** What was before is what was before the revision, as etcd has it, also where the revision changes a key twice. */
  #note(change: Change): void {
    const {revision, key, previous} = change
    const isSecond = previous?.modRevision === revision
    const first = isSecond ? this.#changes.find((earlier) => earlier.key.equals(key)) : undefined
    const noted = first === undefined ? change : {...change, previous: first.previous}
    this.databases.history.putSync(changeKey(revision, this.#changes.length), encodeChange(noted))
    this.#changes.push(noted)
  }

  #attach(key: Buffer, from: bigint, to: bigint): void {
    if (from === to) return
    if (from !== 0n) this.databases.leaseKeys.removeSync(Buffer.concat([leaseBytes(from), key]))
    if (to !== 0n) this.databases.leaseKeys.putSync(Buffer.concat([leaseBytes(to), key]), Buffer.alloc(0))
  }
}

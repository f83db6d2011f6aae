/**
 * Reads a range now or at an older revision, with etcd's rules for limits, bounds and order.
 *
 * An older state is the present one with the changes since undone: the cost grows with what was asked and with what
 * changed since, never with the whole store.
 */
import {EtcdFault} from './faults.js'
import {contains, type KeyRange} from './key-range.js'
import type {KeyRecord} from './record.js'
import type {RangeReply, RangeRequest, SortTarget} from './requests.js'
import type {View} from './view.js'

/** Throws `futureRevision` or `compacted`. */
export function checkRevision(view: View, revision: number): void {
  if (revision <= 0) return
  if (revision > view.revision) throw new EtcdFault('futureRevision')
  if (revision < view.compactRevision) throw new EtcdFault('compacted')
}

export function readRange(view: View, request: RangeRequest): RangeReply {
  checkRevision(view, request.revision)
  const revision = view.revision
  const state = request.revision > 0 && request.revision < revision ? new PastState(view, request) : view
  const reply = {type: 'range', revision} as const
  if (request.countOnly) return {...reply, records: [], more: false, count: state.count(request.range)}

  // One more than the limit tells whether there are more; bounds and order need to see everything. Of etcd's making:
  // a target without an order sorts only what the limit let through.
  const limit = request.limit > 0 ? request.limit : Number.POSITIVE_INFINITY
  const fetchMax = request.sortOrder !== 'none' || hasBounds(request) ? Number.POSITIVE_INFINITY : limit + 1
  const fetched = take(state.scan(request.range), fetchMax)
  const sorted = sort(fetched.filter(withinBounds(request)), request)
  const records = sorted.slice(0, limit)
  return {
    ...reply,
    records: request.keysOnly ? records.map((record) => ({...record, value: Buffer.alloc(0)})) : records,
    more: sorted.length > records.length,
    count: fetched.length < fetchMax ? fetched.length : state.count(request.range),
  }
}

class PastState {
  /** Keys of the range that changed since, and what they were; null where there was none. */
  readonly #before = new Map<string, KeyRecord | null>()

  constructor(
    readonly view: View,
    request: RangeRequest,
  ) {
    for (const {key, previous} of view.changes(request.revision + 1, view.revision)) {
      if (!contains(request.range, key)) continue
      const name = key.toString('latin1')
      if (!this.#before.has(name)) this.#before.set(name, previous)
    }
  }

  *scan(range: KeyRange): Generator<KeyRecord, void, void> {
    const restored = this.#restored().sort((a, b) => a.key.compare(b.key))
    let next = 0
    for (const record of this.view.scan(range)) {
      for (let old = restored[next]; old !== undefined && old.key.compare(record.key) < 0; old = restored[++next]) {
        yield old
      }
      if (!this.#before.has(record.key.toString('latin1'))) yield record
    }
    yield* restored.slice(next)
  }

  count(range: KeyRange): number {
    const changedNow = [...this.#before.keys()].filter((name) => this.view.get(Buffer.from(name, 'latin1')) !== null)
    return this.view.count(range) - changedNow.length + this.#restored().length
  }

  #restored(): KeyRecord[] {
    return [...this.#before.values()].filter((record) => record !== null)
  }
}

function take(records: Iterable<KeyRecord>, countMax: number): KeyRecord[] {
  const taken: KeyRecord[] = []
  for (const record of records) {
    taken.push(record)
    if (taken.length === countMax) break
  }
  return taken
}

function hasBounds(request: RangeRequest): boolean {
  const {minModRevision, maxModRevision, minCreateRevision, maxCreateRevision} = request
  return [minModRevision, maxModRevision, minCreateRevision, maxCreateRevision].some((bound) => bound !== 0)
}

function withinBounds(request: RangeRequest): (record: KeyRecord) => boolean {
  const {minModRevision, maxModRevision, minCreateRevision, maxCreateRevision} = request
  return ({modRevision, createRevision}) =>
    (minModRevision === 0 || modRevision >= minModRevision) &&
    (maxModRevision === 0 || modRevision <= maxModRevision) &&
    (minCreateRevision === 0 || createRevision >= minCreateRevision) &&
    (maxCreateRevision === 0 || createRevision <= maxCreateRevision)
}

/** `records` come in key order; the sort is stable, so that equals stay in it. */
function sort(records: KeyRecord[], {sortOrder, sortTarget}: RangeRequest): KeyRecord[] {
  if (sortTarget === 'key' && sortOrder !== 'descend') return records
  const direction = sortOrder === 'descend' ? -1 : 1
  return records.sort((a, b) => direction * compareBy(sortTarget, a, b))
}

function compareBy(target: SortTarget, a: KeyRecord, b: KeyRecord): number {
  if (target === 'key' || target === 'value') return a[target].compare(b[target])
  return a[target] - b[target]
}

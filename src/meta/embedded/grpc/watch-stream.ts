/**
 * One Watch stream: any number of watches, each following the store at the pace at which the client takes its events.
 *
 * A reply holds whole revisions, unless the client accepts fragments. Nothing waits here for a slow client but the last
 * reply that it has not taken: the rest stays in the history.
 */
import type {ServerDuplexStream} from '@grpc/grpc-js'
import type {Clock, Timer} from '../../../env/clock.js'
import {CompactedFault} from '../faults.js'
import type {KeyRange} from '../key-range.js'
import type {ChangeBatch, MvccStore} from '../mvcc-store.js'
import type {Change} from '../record.js'
import {eventMessage, headerOf, keyRangeOf, type WireWatchCreate, type WireWatchRequest} from './wire.js'

const progressMs = 600_000
const watchesMax = 10_000
/** A reply ends with the revision that reaches this. */
const replyBytesMax = 1_024 * 1_024

interface Watch {
  readonly id: string
  readonly range: KeyRange
  readonly options: WireWatchCreate
  readonly stopping: AbortController
  /** The client has every event up to this revision. */
  through: number
}

export class WatchStream {
  readonly #watches = new Map<string, Watch>()
  #nextId = 0
  /** Pending while the client has to take something before it gets more. */
  #draining: Promise<void> | null = null
  #drained = () => {}
  #progress: Timer | null = null

  constructor(
    readonly mvcc: MvccStore,
    readonly call: ServerDuplexStream<object, object>,
    readonly clock: Clock,
  ) {}

  start(): void {
    this.call.on('data', (message: object) => this.#take(message as WireWatchRequest))
    this.call.on('end', () => {
      this.#stop()
      this.call.end()
    })
    for (const event of ['cancelled', 'close', 'error']) this.call.on(event, () => this.#stop())
    this.call.on('drain', () => this.#drained())
    this.#armProgress()
  }

  #stop(): void {
    this.#progress?.cancel()
    for (const {stopping} of this.#watches.values()) stopping.abort()
    this.#watches.clear()
    this.#drained()
  }

  #take(request: WireWatchRequest): void {
    switch (request.type) {
      case 'create':
        this.#create(request.create)
        break
      case 'cancel':
        this.#cancel(request.cancel.watchId)
        break
      case 'progress':
        this.#report('-1', this.#deliveredRevision())
    }
  }

  #create(options: WireWatchCreate): void {
    const {revision} = this.mvcc
    const key = options.key.length === 0 ? Buffer.from([0]) : options.key
    const range = keyRangeOf({key, end: options.end})
    const refusal = this.#refusal(range, options.watchId)
    if (refusal !== null) {
      this.#send({watchId: '-1', created: true, canceled: true, cancelReason: refusal}, revision)
      return
    }
    const id = options.watchId === '0' ? this.#freeId() : options.watchId
    const from = options.startRevision === '0' ? revision + 1 : Number(options.startRevision)
    const watch: Watch = {id, range, options, stopping: new AbortController(), through: from - 1}
    this.#watches.set(id, watch)
    this.#send({watchId: id, created: true}, revision)
    void this.#follow(watch, from)
  }

  #refusal({key, end}: KeyRange, id: string): string | null {
    const isUnbounded = end.length === 1 && end[0] === 0
    if (end.length > 0 && !isUnbounded && key.compare(end) >= 0) return 'mvcc: watcher range is empty'
    if (this.#watches.has(id)) return 'mvcc: duplicate watch ID provided on the WatchStream'
    return this.#watches.size < watchesMax ? null : `more than ${watchesMax} watches on one stream`
  }

  #freeId(): string {
    while (this.#watches.has(String(this.#nextId))) this.#nextId++
    return String(this.#nextId++)
  }

  #cancel(id: string): void {
    const watch = this.#watches.get(id)
    if (watch === undefined) return
    watch.stopping.abort()
    this.#watches.delete(id)
    this.#send({watchId: id, canceled: true}, this.mvcc.revision)
  }

  async #follow(watch: Watch, from: number): Promise<void> {
    const {signal} = watch.stopping
    try {
      for await (const batch of this.mvcc.watch(watch.range, from, signal)) {
        await this.#deliver(watch, batch)
        watch.through = batch.revision
      }
    } catch (thrown) {
      if (!(thrown instanceof CompactedFault)) {
        this.call.emit('error', thrown)
        return
      }
      this.#watches.delete(watch.id)
      this.#send({watchId: watch.id, canceled: true, compactRevision: thrown.compactRevision}, 0)
    }
  }

  async #deliver({id, options, stopping}: Watch, {changes, revision}: ChangeBatch): Promise<void> {
    const unwanted = new Set(options.filters.map((filter) => (filter === 'noPut' ? 'put' : 'delete')))
    const wanted = changes.filter(({current}) => !unwanted.has(current === null ? 'delete' : 'put'))
    for (const {part, fragment} of partsOf(wanted, options.fragment)) {
      // Of the watches that wait for room the first takes it, and the others find it gone.
      while (this.#draining !== null) await this.#draining
      if (stopping.signal.aborted) return
      const events = part.map((change) => eventMessage(change, options.wantsPrevious))
      this.#send({watchId: id, events, fragment}, revision)
    }
  }

  /** Up to here every watch of the stream has delivered everything. */
  #deliveredRevision(): number {
    return Math.min(this.mvcc.revision, ...[...this.#watches.values()].map(({through}) => through))
  }

  #report(watchId: string, revision: number): void {
    this.#send({watchId}, revision)
  }

  #armProgress(): void {
    this.#progress = this.clock.after(progressMs, () => {
      for (const {id, options, through} of this.#watches.values()) {
        if (options.progressNotify) this.#report(id, Math.min(through, this.mvcc.revision))
      }
      this.#armProgress()
    })
  }

  #send(reply: object, revision: number): void {
    const hasRoom = this.call.write({...reply, header: headerOf(this.mvcc.identity, revision)})
    if (hasRoom) return
    this.#draining ??= new Promise((resolve) => {
      this.#drained = () => {
        this.#draining = null
        resolve()
      }
    })
  }
}

interface Part {
  readonly part: readonly Change[]
  /** More of the same revision follows. */
  readonly fragment: boolean
}

function* partsOf(changes: readonly Change[], mayFragment: boolean): Generator<Part, void, void> {
  let start = 0
  let bytes = 0
  for (const [at, {key, current, previous, revision}] of changes.entries()) {
    bytes += key.length + (current?.value.length ?? 0) + (previous?.value.length ?? 0)
    const next = changes[at + 1]
    const splits = next?.revision === revision
    if (next !== undefined && (bytes < replyBytesMax || (splits && !mayFragment))) continue
    yield {part: changes.slice(start, at + 1), fragment: splits}
    start = at + 1
    bytes = 0
  }
}

/**
 * The watch loop over etcd's raw Watch stream, in place of etcd3's watcher, which loses history after a dropped stream,
 * dies on compaction, and does not survive a restart of an etcd with authentication (infra §1.6).
 *
 * - It moves on by what it delivered and by nothing else, so a stream that drops at any moment is resumed without loss.
 * - One stream at a time, and a client of its own for each: etcd3 closes every stream of a client when one call fails.
 * - No buffer: the stream is read when the consumer asks, flow control holds back the rest, and a consumer that stays
 *   behind for longer than etcd keeps history gets a snapshot.
 * - etcd never splits the events of one revision between messages (we do not ask for fragments).
 */
import {Readable} from 'node:stream'
import type {IWatchResponse} from 'etcd3'
import type {Timer} from '../env/clock.js'
import {assert} from '../errors/assert.js'
import {toCodedError} from '../errors/coded-error.js'
import type {Endpoint, EtcdCalls} from './etcd-store-calls.js'
import {prefixRange, watchEventsOf} from './etcd-store-wire.js'
import type {Snapshot, WatchMessage} from './store.js'

const createdTimeoutMs = 5_000
const backoffFirstMs = 50
const backoffMaxMs = 1_000

/** The history that the watch needs is gone, or belongs to another etcd. */
class HistoryLost extends Error {}

export class EtcdWatch {
  /** The next revision to be delivered; null before a scan. */
  #next: number | null
  /** The highest revision that this store was seen at. */
  #seen = 0
  #clusterId: string | null = null
  #endpoint: Endpoint | null = null
  #isInterrupted = false
  #backoffMs = backoffFirstMs

  constructor(
    readonly calls: EtcdCalls,
    readonly scan: (signal: AbortSignal) => Promise<Snapshot>,
    readonly prefix: string,
    readonly signal: AbortSignal,
    fromRevision: number | undefined,
  ) {
    this.#next = fromRevision ?? null
  }

  async *messages(): AsyncGenerator<WatchMessage, void, void> {
    while (!this.signal.aborted) {
      try {
        if (this.#next === null) yield await this.#rescan()
        else yield* this.#stream(this.#next)
      } catch (thrown) {
        if (this.signal.aborted) return
        await this.#recover(thrown)
      }
    }
  }

  async #rescan(): Promise<WatchMessage> {
    const {kvs, revision} = await this.scan(this.signal)
    this.#next = revision + 1
    this.#seen = revision
    return {type: 'snapshot', kvs, revision}
  }

  async *#stream(fromRevision: number): AsyncGenerator<WatchMessage, void, void> {
    for await (const response of this.#responses(fromRevision)) {
      if (response.created) this.#resumed(response)
      if (response.compact_revision !== '0') throw new HistoryLost(`compacted at ${response.compact_revision}`)
      if (response.canceled) throw new Error(`etcd ended the watch: ${response.cancel_reason}`)
      const events = watchEventsOf(response)
      const last = response.events.at(-1)
      if (last === undefined) continue
      const revision = Number(last.kv.mod_revision)
      this.#next = revision + 1
      this.#seen = Math.max(this.#seen, revision)
      this.#backoffMs = backoffFirstMs
      yield {type: 'events', events, revision}
    }
  }

  /** An etcd that was restored or wiped counts revisions anew: waiting for ours there would be waiting in vain. */
  #resumed({header}: IWatchResponse): void {
    const clusterId = header.cluster_id
    if (this.#clusterId !== null && this.#clusterId !== clusterId) {
      this.#clusterId = clusterId
      throw new HistoryLost('another etcd cluster answers')
    }
    this.#clusterId = clusterId
    if (Number(header.revision) < this.#seen) throw new HistoryLost(`etcd is back at revision ${header.revision}`)
    if (this.#isInterrupted)
      this.calls.env.log.info('meta.watch.resumed', {prefix: this.prefix, revision: header.revision})
    this.#isInterrupted = false
  }

  /** Ends only by an error. */
  async *#responses(fromRevision: number): AsyncGenerator<IWatchResponse, void, void> {
    this.#endpoint = this.calls.endpoint()
    const client = this.calls.connect(this.#endpoint.address)
    let cancel = () => {}
    const onAbort = () => cancel()
    this.signal.addEventListener('abort', onAbort)
    let notCreated: Timer | null = null
    try {
      const stream = await client.watchClient.watch()
      cancel = () => stream.cancel()
      notCreated = this.calls.env.clock.after(createdTimeoutMs, cancel)
      this.signal.throwIfAborted()
      stream.write({create_request: {...prefixRange(this.prefix), start_revision: fromRevision}})
      assert(stream instanceof Readable, 'a grpc-js stream is a Readable')
      for await (const response of stream) {
        notCreated.cancel()
        yield response
      }
      throw new Error('etcd ended the stream')
    } finally {
      notCreated?.cancel()
      this.signal.removeEventListener('abort', onAbort)
      cancel()
      client.close()
    }
  }

  async #recover(thrown: unknown): Promise<void> {
    const {clock, random, log} = this.calls.env
    const fields = {prefix: this.prefix, reason: toCodedError(thrown).detail}
    if (thrown instanceof HistoryLost) {
      this.#next = null
      log.warn('meta.watch.rescan', fields)
    } else {
      if (this.#endpoint !== null) this.calls.avoid(this.#endpoint)
      log[this.#isInterrupted ? 'debug' : 'warn']('meta.watch.interrupted', fields)
      this.#isInterrupted = true
    }
    const pauseMs = this.#backoffMs / 2 + random.below(this.#backoffMs)
    this.#backoffMs = Math.min(this.#backoffMs * 2, backoffMaxMs)
    await clock.sleep(pauseMs, this.signal).catch(() => {})
  }
}

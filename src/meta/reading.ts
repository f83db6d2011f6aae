/**
 * Metadata as of one revision, whatever holds it: a running store, an older revision of it, a snapshot file.
 *
 * The first read settles the revision and every later one sees the same, so all that is read through one reading fits
 * together. Reads never change anything: what only looks is given a reading and can do nothing else.
 */
import {assert} from '../errors/assert.js'
import type {Keys} from './keys.js'
import type {KeyValue, MetaStore} from './store.js'

export interface MetaReading {
  readonly keys: Keys
  /** `etcd 10.0.0.1:2370`, `snapshot prod.db`. */
  readonly place: string
  /** 0 until something has been read, unless it was asked for. */
  readonly revision: number
  get(key: string): Promise<KeyValue | null>
  /** Everything under `prefix`, in key order, in pages. */
  scan(prefix: string, options?: ScanOptions): AsyncIterable<KeyValue>
}

export interface ScanOptions {
  /** Values come back empty. */
  readonly keysOnly?: boolean
}

/** `etcd 10.0.0.1:2370, cluster vearch, revision 88`: where an answer comes from. */
export function sourceOf({place, keys, revision}: MetaReading): string {
  return `${place}, cluster ${keys.cluster}, revision ${revision}`
}

export interface StoreReadingOptions {
  readonly keys: Keys
  readonly place: string
  readonly signal: AbortSignal
  /** Now, if null. */
  readonly revision: number | null
}

export class StoreReading implements MetaReading {
  readonly keys: Keys
  readonly place: string
  readonly #signal: AbortSignal
  #revision: number

  constructor(
    private readonly store: MetaStore,
    {keys, place, signal, revision}: StoreReadingOptions,
  ) {
    this.keys = keys
    this.place = place
    this.#signal = signal
    this.#revision = revision ?? 0
  }

  get revision(): number {
    return this.#revision
  }

  async get(key: string): Promise<KeyValue | null> {
    const signal = this.#signal
    if (this.#revision > 0) return this.store.get(key, {signal, revision: this.#revision})
    // a transaction tells the revision of what it read
    const {revision, results} = await this.store.transact({then: [{type: 'get', key}]}, {signal})
    const [result] = results
    assert(result?.type === 'get', 'a transaction answers what it was asked')
    this.#revision = revision
    return result.kv
  }

  async *scan(prefix: string, {keysOnly = false}: ScanOptions = {}): AsyncGenerator<KeyValue> {
    const at = this.#revision === 0 ? {} : {revision: this.#revision}
    for await (const page of this.store.pages(prefix, {signal: this.#signal, keysOnly, ...at})) {
      this.#revision = page.revision
      yield* page.kvs
    }
  }
}

/** What was read from a file: all of it is in memory, in key order. */
export class ContentReading implements MetaReading {
  constructor(
    readonly keys: Keys,
    readonly place: string,
    private readonly content: MetaContent,
  ) {}

  get revision(): number {
    return this.content.revision
  }

  async get(key: string): Promise<KeyValue | null> {
    return this.content.kvs.get(key) ?? null
  }

  async *scan(prefix: string): AsyncGenerator<KeyValue> {
    for (const kv of this.content.kvs.values()) if (kv.key.startsWith(prefix)) yield kv
  }
}

/** Every key of a store at one revision. */
export interface MetaContent {
  readonly revision: number
  /** By key, in key order. */
  readonly kvs: ReadonlyMap<string, KeyValue>
}

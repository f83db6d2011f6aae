/**
 * Metadata as of one revision, whatever holds it: a running store, an older revision of it, a snapshot file.
 *
 * The first read settles the revision and every later one sees the same, so all that is read through one reading fits
 * together. Reads never change anything: what only looks is given a reading and can do nothing else.
 */
import type {Keys} from './keys.js'
import type {KeyValue, RangeOptions, Snapshot} from './store.js'

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

/** A store as a reading needs it: every answer says at which revision it was given. */
export interface ReadStore {
  /** Now, or as of `revision`. */
  read(key: string, options: RangeOptions): Promise<{readonly kv: KeyValue | null; readonly revision: number}>
  /** Every page has the revision of the first. */
  pages(prefix: string, options: RangeOptions): AsyncIterable<Snapshot>
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
    private readonly store: ReadStore,
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
    const {kv, revision} = await this.store.read(key, this.#at())
    this.#revision = revision
    return kv
  }

  async *scan(prefix: string, {keysOnly = false}: ScanOptions = {}): AsyncGenerator<KeyValue> {
    for await (const page of this.store.pages(prefix, {...this.#at(), keysOnly})) {
      this.#revision = page.revision
      yield* page.kvs
    }
  }

  #at(): RangeOptions {
    return {signal: this.#signal, ...(this.#revision === 0 ? {} : {revision: this.#revision})}
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

/**
 * Reads a watch step by step, as a test tells it.
 */
import type {MetaStore, WatchEvent, WatchMessage} from '../../src/meta/store.js'

export class WatchProbe {
  readonly #abort = new AbortController()
  readonly #messages: AsyncIterator<WatchMessage>

  constructor(store: MetaStore, prefix: string, fromRevision?: number) {
    const options = {signal: this.#abort.signal, ...(fromRevision === undefined ? {} : {fromRevision})}
    this.#messages = store.watch(prefix, options)[Symbol.asyncIterator]()
  }

  /** The next message, or null when the watch ended. */
  async next(timeoutMs = 10_000): Promise<WatchMessage | null> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no message within ${timeoutMs} ms`)), timeoutMs)
    })
    try {
      const {done, value} = await Promise.race([this.#messages.next(), late])
      return done ? null : value
    } finally {
      clearTimeout(timer)
    }
  }

  async snapshot(): Promise<Extract<WatchMessage, {type: 'snapshot'}>> {
    const message = await this.next()
    if (message?.type !== 'snapshot') throw new Error(`expected a snapshot, got ${message?.type ?? 'the end'}`)
    return message
  }

  async events(): Promise<Extract<WatchMessage, {type: 'events'}>> {
    const message = await this.next()
    if (message?.type !== 'events') throw new Error(`expected events, got ${message?.type ?? 'the end'}`)
    return message
  }

  /** Events one after the other until there are `count`. */
  async take(count: number): Promise<WatchEvent[]> {
    const events: WatchEvent[] = []
    while (events.length < count) events.push(...(await this.events()).events)
    return events
  }

  async end(): Promise<void> {
    this.#abort.abort()
    while ((await this.next()) !== null);
  }

  abort(): void {
    this.#abort.abort()
  }
}

/** `put /key value` or `delete /key`, for readable expectations. */
export function describeEvent(event: WatchEvent): string {
  if (event.type === 'delete') return `delete ${event.key}`
  return `put ${event.kv.key} ${new TextDecoder().decode(event.kv.value)}`
}

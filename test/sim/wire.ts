/**
 * Requests with one answer, where the way matters and the protocol does not: HTTP to masters and routers, gRPC to etcd.
 *
 * Each leg is one crossing of a link. Where the link is closed it is lost: silence, then a broken connection: who asked does not know whether it was
 * heard. A machine that runs, and where nobody listens, says so at once.
 */
import type {Links} from './links.js'
import type {SimNetwork} from './network.js'
import type {Process} from './process.js'
import type {Event, World} from './world.js'

/** Keep-alives find a dead connection. */
const silence = {leastMs: 2_000, mostMs: 8_000}

export interface Asker {
  readonly process: Process
  readonly ip: string
}

export interface Server {
  readonly ip: string
  /** Null while nobody listens. */
  readonly process: Process | null
}

/** As Node's and undici's errors have it: `ECONNREFUSED` was never sent, `ECONNRESET` may have been heard. */
function failure(code: 'ECONNREFUSED' | 'ECONNRESET'): Error {
  return Object.assign(new Error(code), {code})
}

interface Way {
  readonly from: string
  readonly to: string
}

/** Something that is to arrive, or that somebody waits for in vain. */
interface Crossing extends Way {
  event: Event
}

export class Wire {
  readonly #crossings = new Set<Crossing>()

  constructor(
    readonly world: World,
    private readonly links: Links,
    private readonly network: Pick<SimNetwork, 'isUp'>,
  ) {}

  /** `serve` runs at the server, within its process; its signal is aborted when the asker has gone. */
  ask<T>(
    from: Asker,
    to: () => Server,
    serve: (signal: AbortSignal) => Promise<T> | T,
    signal?: AbortSignal,
  ): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => new Exchange(this, {from, to, serve, signal, resolve, reject}).begin())
  }

  /** Null if it is lost. */
  legUs(from: string, to: string): number | null {
    const link = this.links.between(from, to)
    return link.isOpen ? link.delayUs(0) : null
  }

  /** Calls back after so long, or sooner if the network has become better by then. `owner` as the world has it. */
  after(us: number, owner: Process | null, kind: string, {from, to}: Way, run: () => void): void {
    const event = this.world.after(us, owner, kind, () => {
      this.#crossings.delete(crossing)
      run()
    })
    const crossing = {from, to, event}
    this.#crossings.add(crossing)
  }

  /** What a bad network still holds up comes as soon as it would now. */
  hasten(): void {
    const {nowUs} = this.world
    for (const crossing of this.#crossings) {
      const {from, to, event} = crossing
      const {owner, kind, run, atUs} = event
      const soonUs = this.links.between(from, to).delayUs(0)
      if (run === null || atUs <= nowUs + soonUs) continue
      event.run = null
      crossing.event = this.world.after(soonUs, owner, kind, run)
    }
  }

  isUp(ip: string): boolean {
    return this.network.isUp(ip)
  }
}

interface Question<T> {
  readonly from: Asker
  readonly to: () => Server
  readonly serve: (signal: AbortSignal) => Promise<T> | T
  readonly signal: AbortSignal | undefined
  readonly resolve: (value: T) => void
  readonly reject: (reason: unknown) => void
}

class Exchange<T> {
  readonly #gone = new AbortController()
  /** Who serves, once the request has arrived. */
  #server: Process | null = null
  #isOver = false

  constructor(
    private readonly wire: Wire,
    private readonly question: Question<T>,
  ) {}

  begin(): void {
    const {from, to, signal} = this.question
    signal?.addEventListener('abort', this.#abort, {once: true})
    from.process.onEnd(this.#leave)
    const us = this.wire.legUs(from.ip, to().ip)
    if (us === null) this.#nothing()
    else this.wire.after(us, null, 'ask', {from: from.ip, to: to().ip}, () => this.#arrive())
  }

  #arrive(): void {
    const {ip, process: server} = this.question.to()
    if (server === null || !server.isAlive) {
      if (this.wire.isUp(ip)) this.#answer(() => this.question.reject(failure('ECONNREFUSED')))
      else this.#nothing()
      return
    }
    this.#server = server
    server.onEnd(this.#died)
    server.after(0, 'serve', () => void this.#serve(server))
  }

  async #serve(server: Process): Promise<void> {
    const {serve, resolve, reject} = this.question
    try {
      const value = await serve(this.#gone.signal)
      this.#answer(() => resolve(value))
    } catch (thrown) {
      this.#answer(() => reject(thrown))
    } finally {
      server.offEnd(this.#died)
    }
  }

  #answer(settle: () => void): void {
    const {from, to} = this.question
    const us = this.wire.legUs(to().ip, from.ip)
    if (us === null) this.#nothing()
    else this.wire.after(us, from.process, 'answer', {from: to().ip, to: from.ip}, () => this.#finish(settle))
  }

  /** Silence, until the asker's system gives the connection up. */
  #nothing(): void {
    const {from, to, reject} = this.question
    const us = this.wire.world.random.between(silence.leastMs, silence.mostMs) * 1_000
    const way = {from: to().ip, to: from.ip}
    this.wire.after(us, from.process, 'silence', way, () => this.#finish(() => reject(failure('ECONNRESET'))))
  }

  readonly #died = (): void => {
    if (this.wire.isUp(this.question.to().ip)) this.#answer(() => this.question.reject(failure('ECONNRESET')))
    else this.#nothing()
  }

  readonly #abort = (): void => {
    const {signal, reject} = this.question
    this.#finish(() => reject(signal?.reason))
    this.#leave()
  }

  /** The server hears of it, if it is still at work. */
  readonly #leave = (): void => {
    const {from, to} = this.question
    const us = this.wire.legUs(from.ip, to().ip)
    const tell = () => void this.#server?.after(0, 'gone', () => this.#gone.abort())
    if (us !== null) this.wire.world.after(us, null, 'gone', tell)
  }

  #finish(settle: () => void): void {
    if (this.#isOver) return
    this.#isOver = true
    this.question.signal?.removeEventListener('abort', this.#abort)
    this.question.from.process.offEnd(this.#leave)
    settle()
  }
}

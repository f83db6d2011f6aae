/**
 * Requests with one answer, where the way matters and the protocol does not: HTTP to masters and routers, gRPC to etcd.
 *
 * Each leg is one crossing of a link. Where the link is closed it is lost: silence, then a broken connection: who asked does not know whether it was
 * heard. A machine that runs, and where nobody listens, says so at once.
 */
import type {Links} from './links.js'
import type {SimNetwork} from './network.js'
import type {Process} from './process.js'
import type {World} from './world.js'

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

export class Wire {
  constructor(
    private readonly world: World,
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
    const {process} = from
    const {world, links} = this
    return new Promise((resolve, reject) => {
      const gone = new AbortController()
      let isOver = false
      const finish = (settle: () => void) => {
        if (isOver) return
        isOver = true
        signal?.removeEventListener('abort', abort)
        process.offEnd(leave)
        settle()
      }
      const leave = () => {
        const us = this.#legUs(from.ip, to().ip)
        if (us !== null) world.after(us, null, 'gone', () => gone.abort())
      }
      const abort = () => {
        finish(() => reject(signal?.reason))
        leave()
      }
      if (signal?.aborted) return reject(signal.reason)
      signal?.addEventListener('abort', abort, {once: true})
      process.onEnd(leave)
      const fail = (delayUs: number, code: 'ECONNREFUSED' | 'ECONNRESET') =>
        void process.after(delayUs, 'failed', () => finish(() => reject(failure(code))))
      const nothing = () => fail(world.random.between(silence.leastMs, silence.mostMs) * 1_000, 'ECONNRESET')
      const answer = (settle: () => void) => {
        const us = this.#legUs(to().ip, from.ip)
        if (us === null) nothing()
        else process.after(us, 'answer', () => finish(settle))
      }
      const arrive = () => {
        const {ip, process: server} = to()
        if (server === null || !server.isAlive) {
          if (this.network.isUp(ip)) fail(links.between(ip, from.ip).delayUs(0), 'ECONNREFUSED')
          else nothing()
          return
        }
        const died = () => (this.network.isUp(ip) ? answer(() => reject(failure('ECONNRESET'))) : nothing())
        server.onEnd(died)
        server.after(0, 'serve', () => {
          Promise.resolve()
            .then(() => serve(gone.signal))
            .then(
              (value) => answer(() => resolve(value)),
              (thrown: unknown) => answer(() => reject(thrown)),
            )
            .finally(() => server.offEnd(died))
        })
      }
      const us = this.#legUs(from.ip, to().ip)
      if (us === null) nothing()
      else world.after(us, null, 'ask', arrive)
    })
  }

  /** Null if it is lost. */
  #legUs(from: string, to: string): number | null {
    const link = this.links.between(from, to)
    return link.isOpen ? link.delayUs(0) : null
  }
}

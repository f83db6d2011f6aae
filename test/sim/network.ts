/**
 * Streams between processes, as TCP has them: what arrives comes in order and once, however late; a connection may break at any
 * moment, or be silent without breaking.
 *
 * - A chunk that finds its link closed waits, and all that comes after it waits behind it; both ends learn nothing.
 * - A process that ends takes its streams with it: peers hear of it at once if its machine still runs, and else when they
 *   say something after the machine is back.
 * - Frames, handshakes and packets on it are the program's own; only the bytes' way is simulated.
 */
import type {Address, Listening, ListenOptions, Network, Stream} from '../../src/env/net/network.js'
import {CodedError} from '../../src/errors/coded-error.js'
import type {Link, Links} from './links.js'
import type {Process} from './process.js'
import type {World} from './world.js'

/** A machine on the network. */
export interface Host {
  readonly ip: string
  /** Whether it would say that nobody listens. */
  readonly isUp: boolean
}

interface Port {
  readonly process: Process
  readonly accept: (stream: Stream) => void
}

const firstFreePort = 40_000

export class SimNetwork {
  readonly #hosts = new Map<string, Host>()
  readonly #ports = new Map<string, Port>()
  readonly #streams = new Set<SimStream>()
  #nextPort = firstFreePort

  constructor(
    readonly world: World,
    readonly links: Links,
  ) {}

  add(host: Host): void {
    this.#hosts.set(host.ip, host)
  }

  /** The network as one process sees it. */
  of(process: Process, ip: string): Network {
    process.onEnd(() => this.#ended(process))
    return {
      dial: (address) => this.#dial(process, ip, address),
      listen: (address, options, accept) => this.#listen(process, address, options, accept),
    }
  }

  /** Breaks every connection between two machines, or all of them. */
  reset(concerns: (stream: SimStream) => boolean): void {
    for (const stream of [...this.#streams]) if (concerns(stream)) stream.break('ECONNRESET')
  }

  /** What waited to be sent again is sent now. */
  hasten(): void {
    for (const stream of this.#streams) stream.hasten()
  }

  isUp(ip: string): boolean {
    return this.#hosts.get(ip)?.isUp ?? false
  }

  forget(stream: SimStream): void {
    this.#streams.delete(stream)
  }

  #open(process: Process, from: string, to: string): SimStream {
    const stream = new SimStream(this, process, from, to, this.#nextPort++)
    this.#streams.add(stream)
    return stream
  }

  #dial(process: Process, from: string, {host: to, port}: Address): SimStream {
    const near = this.#open(process, from, to)
    near.send(0, () => {
      const listening = this.#ports.get(`${to}:${port}`)
      if (listening === undefined || !listening.process.isAlive) {
        if (this.isUp(to)) this.world.after(near.back.delayUs(0), process, 'refused', () => near.break('ECONNREFUSED'))
        return
      }
      const far = this.#open(listening.process, to, from)
      near.join(far)
      this.world.after(0, listening.process, 'accept', () => listening.accept(far))
    })
    return near
  }

  async #listen(
    process: Process,
    {host, port: wanted}: Address,
    _options: ListenOptions,
    accept: (stream: Stream) => void,
  ): Promise<Listening> {
    const port = wanted === 0 ? this.#nextPort++ : wanted
    const name = `${host}:${port}`
    if (this.#ports.get(name)?.process.isAlive) throw new CodedError('PORT_TAKEN', `${name} is in use`)
    const here = {process, accept}
    this.#ports.set(name, here)
    return {
      port,
      close: async () => {
        if (this.#ports.get(name) === here) this.#ports.delete(name)
      },
    }
  }

  #ended(process: Process): void {
    for (const stream of [...this.#streams]) if (stream.process === process) stream.abandon()
  }
}

interface Chunk {
  atUs: number
  readonly bytes: number
  arrive(): void
}

export class SimStream implements Stream {
  destroyed = false
  writableEnded = false
  writableLength = 0
  readonly remotePort: number
  #peer: SimStream | null = null
  #corked: Uint8Array[] | null = null
  /** On the way, in order. */
  readonly #flying: Chunk[] = []
  #lastArrivalUs = 0
  #isWaiting = false
  #onData: (chunk: Buffer) => void = () => {}
  #onError: (error: Error) => void = () => {}
  #onClose: () => void = () => {}
  readonly #out: Link
  readonly back: Link

  constructor(
    private readonly network: SimNetwork,
    readonly process: Process,
    readonly from: string,
    readonly to: string,
    port: number,
  ) {
    this.remotePort = port
    this.#out = network.links.between(from, to)
    this.back = network.links.between(to, from)
  }

  get remoteAddress(): string {
    return this.to
  }

  join(peer: SimStream): void {
    this.#peer = peer
    peer.#peer = this
  }

  on(event: 'data' | 'error' | 'close', listener: ((chunk: Buffer) => void) | ((error: Error) => void)): this {
    if (event === 'data') this.#onData = listener as (chunk: Buffer) => void
    else if (event === 'error') this.#onError = listener as (error: Error) => void
    else this.#onClose = listener as () => void
    return this
  }

  write(bytes: Uint8Array): boolean {
    if (this.destroyed || this.writableEnded || !this.process.isAlive) return false
    if (this.#corked !== null) this.#corked.push(bytes)
    else this.#transmit(Buffer.from(bytes))
    return true
  }

  cork(): void {
    this.#corked ??= []
  }

  uncork(): void {
    const corked = this.#corked
    this.#corked = null
    if (corked !== null && corked.length > 0 && !this.destroyed && this.process.isAlive) {
      this.#transmit(Buffer.concat(corked))
    }
  }

  end(): void {
    if (this.destroyed || this.writableEnded || !this.process.isAlive) return
    this.writableEnded = true
    this.#sayGoodbye()
  }

  destroy(): void {
    if (this.destroyed || !this.process.isAlive) return
    if (!this.writableEnded) this.#sayGoodbye()
    this.#close(null)
  }

  /** Something goes wrong on the way: the process is told, and so is its peer if it can be. */
  break(code: 'ECONNRESET' | 'ECONNREFUSED'): void {
    this.#toPeer((peer) => peer.#close('ECONNRESET'))
    this.#close(code)
  }

  /** The process is gone. A machine that still runs says so for it. */
  abandon(): void {
    this.network.forget(this)
    this.destroyed = true
    if (this.network.isUp(this.from)) this.#toPeer((peer) => peer.#close('ECONNRESET'))
  }

  /** In order behind all that was sent before. */
  send(bytes: number, arrive: () => void): void {
    const {world} = this.network
    const atUs = Math.max(this.#lastArrivalUs, Math.ceil(world.nowUs + this.#out.delayUs(bytes)))
    this.#lastArrivalUs = atUs
    this.#flying.push({atUs, bytes, arrive})
    this.writableLength += bytes
    world.after(atUs - world.nowUs, null, 'net', () => this.#land())
  }

  hasten(): void {
    const {world} = this.network
    const soonUs = Math.ceil(world.nowUs + this.#out.delayUs(0))
    for (const chunk of this.#flying) chunk.atUs = Math.min(chunk.atUs, soonUs)
    this.#lastArrivalUs = Math.min(this.#lastArrivalUs, soonUs)
    if (this.#flying.length > 0) world.after(soonUs - world.nowUs, null, 'net', () => this.#land())
  }

  #transmit(bytes: Buffer): void {
    this.send(bytes.length, () =>
      this.#toPeerNow((peer) => {
        if (!peer.destroyed) peer.#onData(bytes)
      }),
    )
  }

  #sayGoodbye(): void {
    this.send(0, () =>
      this.#toPeerNow((peer) => {
        if (peer.destroyed) return
        if (!peer.writableEnded) peer.end()
        peer.#close(null)
      }),
    )
  }

  #land(): void {
    const {world} = this.network
    while (this.#flying.length > 0) {
      const [first] = this.#flying
      if (first === undefined || first.atUs > world.nowUs) return
      if (!this.#out.isOpen) {
        this.#waitForLink()
        return
      }
      this.#flying.shift()
      this.writableLength -= first.bytes
      world.trace.mix(first.bytes)
      first.arrive()
    }
  }

  #waitForLink(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    this.#out.whenOpen(() => {
      this.#isWaiting = false
      this.network.world.after(this.#out.reopenUs(), null, 'net', () => this.#land())
    })
  }

  #toPeer(tell: (peer: SimStream) => void): void {
    this.send(0, () => this.#toPeerNow(tell))
  }

  /** What comes for a process that is gone is answered by its machine, if that runs. */
  #toPeerNow(tell: (peer: SimStream) => void): void {
    const peer = this.#peer
    if (peer === null) return
    if (peer.process.isAlive) {
      if (peer.process.isBehind) peer.process.after(0, 'net', () => tell(peer))
      else tell(peer)
      return
    }
    if (!this.network.isUp(this.to)) return
    this.network.world.after(this.back.delayUs(0), this.process, 'reset', () => this.#close('ECONNRESET'))
  }

  #close(code: string | null): void {
    if (this.destroyed) return
    this.destroyed = true
    this.network.forget(this)
    this.process.after(0, 'closed', () => {
      if (code !== null) this.#onError(Object.assign(new Error(`${code} ${this.to}`), {code}))
      this.#onClose()
    })
  }
}

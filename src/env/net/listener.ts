/**
 * The answering end: a port on which connections are accepted once the peer has proved the cluster's key.
 */
import {CodedError, toCodedError} from '../../errors/coded-error.js'
import type {Log} from '../log.js'
import {Connection, type ConnectionEvents} from './connection.js'
import type {DialEnv} from './dial.js'
import {type Frame, FrameKind} from './frame.js'
import {encodeConclusion, encodeGreeting, encodeRefusal, newNonce, verifyAnswer} from './handshake.js'
import type {Address, Listening, Stream, TlsListenOptions} from './network.js'

export interface ListenerOptions {
  readonly address: Address
  readonly authKey: string
  readonly tls?: TlsListenOptions | undefined
  /** What the log calls this port's peers: `rpc`, `raft`. */
  readonly protocol: string
}

/** Takes a connection that is trusted now and says what happens on it. */
export type Welcome = (connection: Connection, peer: string) => ConnectionEvents

const connectionsMax = 10_000
const handshakeTimeoutMs = 5_000

export class Listener {
  readonly #strangers = new Set<Connection>()
  #listening: Listening | null = null
  #closed = false

  constructor(
    private readonly env: DialEnv & {readonly log: Log},
    private readonly options: ListenerOptions,
    private readonly welcome: Welcome,
  ) {}

  /** Resolves with the port once it is open. Throws PORT_TAKEN. */
  async start(): Promise<number> {
    const {address, tls} = this.options
    const onTrouble = (error: Error) => this.#warn('trouble', {reason: error.message})
    this.#listening = await this.env.network.listen(address, {tls, connectionsMax, onTrouble}, (stream) =>
      this.#accept(stream),
    )
    return this.#listening.port
  }

  /** Accepts nothing new and forgets who has not proved anything yet; trusted connections are their owner's. Idempotent. */
  close(): void {
    this.#closed = true
    void this.#listening?.close()
    for (const connection of this.#strangers) connection.destroy()
  }

  #accept(stream: Stream): void {
    if (this.#closed) return void stream.destroy()
    const peer = `${stream.remoteAddress}:${stream.remotePort}`
    const nonce = newNonce(this.env.random)
    let events: ConnectionEvents | null = null
    const connection = new Connection(stream, this.env.clock, {
      frame: (frame) => {
        if (events !== null) events.frame(frame)
        else if (this.#shakeHands(connection, nonce, frame, peer)) {
          timer.cancel()
          this.#strangers.delete(connection)
          events = this.welcome(connection, peer)
        }
      },
      closed: (cause) => {
        timer.cancel()
        this.#strangers.delete(connection)
        if (cause !== null) this.#warn('dropped', {peer, reason: cause.message})
        events?.closed(cause)
      },
    })
    this.#strangers.add(connection)
    const timer = this.env.clock.after(handshakeTimeoutMs, () =>
      connection.destroy(new CodedError('TIMEOUT', 'no handshake')),
    )
    connection.send(0, FrameKind.hello, encodeGreeting(nonce))
  }

  /** Whether the peer is trusted now. One that is not is told why and sent away. */
  #shakeHands(connection: Connection, nonce: Uint8Array, {kind, payload}: Frame, peer: string): boolean {
    const {authKey} = this.options
    try {
      if (kind !== FrameKind.hello) throw new CodedError('AUTHENTICATION_FAILED', 'the client skips the handshake')
      const client = verifyAnswer(authKey, nonce, payload)
      connection.send(0, FrameKind.hello, encodeConclusion(authKey, {server: nonce, client}))
    } catch (thrown) {
      const error = toCodedError(thrown)
      this.#warn('refused', {peer, reason: error.message})
      connection.send(0, FrameKind.error, encodeRefusal(error))
      connection.end()
      return false
    }
    connection.trust()
    return true
  }

  #warn(event: string, fields: Readonly<Record<string, unknown>>): void {
    this.env.log.warn(`${this.options.protocol}.peer.${event}`, fields)
  }
}

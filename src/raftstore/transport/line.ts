/**
 * One way to one peer: a connection that is dialled when there is something to send, and a queue with a bound before it.
 *
 * Nothing here is ever repeated: raft sends again what matters. What does not fit, and what waited for a connection that did not
 * come, is dropped and told to the owner, so a peer that is slow, frozen or gone costs a bounded amount of memory.
 */
import type {NodeId} from '../../entity/ids.js'
import type {Timer} from '../../env/clock.js'
import type {Log} from '../../env/log.js'
import {type Connection, outgoingBytesMax} from '../../env/net/connection.js'
import {type DialEnv, type DialOptions, dial} from '../../env/net/dial.js'
import {FrameKind} from '../../env/net/frame.js'
import type {Address} from '../../env/net/network.js'
import {encodeIntroduction, type Introduction} from './introduction.js'
import {encodePacket, type GroupMessage} from './wire-message.js'

/** Messages that wait for the end of the turn, or for the connection. */
const queueMessagesMax = 50_000
/** Of one packet: small enough that others fit between two of them. */
const packetMessagesMax = 1_000
const backOffMs = {first: 20, max: 1_000}

export interface LineOptions extends DialOptions {
  readonly introduction: Introduction
  /** Asked at each dial, since a server may come back elsewhere. Null while nobody knows. */
  address(): Address | null
  /** Some of what was given to `send` did not go, or may not have arrived. At most once in a turn of the event loop. */
  lost(): void
}

export class Line {
  #queue: GroupMessage[] = []
  #connection: Connection | null = null
  #dialing = false
  #failures = 0
  #pause: Timer | null = null
  #isFlushPlanned = false
  #isLossPlanned = false
  #closed = false

  constructor(
    private readonly env: DialEnv & {readonly log: Log},
    private readonly peer: NodeId,
    private readonly options: LineOptions,
  ) {}

  /** Goes at the end of this turn of the event loop, with all else that goes to the peer; or is dropped. */
  send(message: GroupMessage): void {
    if (this.#closed) return
    if (this.#queue.length >= queueMessagesMax || this.#pause !== null) {
      this.#tellLoss()
      return
    }
    this.#queue.push(message)
    if (this.#isFlushPlanned) return
    this.#isFlushPlanned = true
    this.env.clock.soon(() => this.#flush())
  }

  close(): void {
    this.#closed = true
    this.#pause?.cancel()
    this.#connection?.destroy()
    this.#queue = []
  }

  #flush(): void {
    this.#isFlushPlanned = false
    if (this.#closed || this.#queue.length === 0) return
    if (this.#connection === null) {
      if (!this.#dialing) void this.#dial()
      return
    }
    if (this.#connection.outgoingBytes > outgoingBytesMax) {
      this.#drop('the peer does not read')
      return
    }
    const queue = this.#queue
    this.#queue = []
    for (let from = 0; from < queue.length; from += packetMessagesMax) {
      const packet = encodePacket(queue.slice(from, from + packetMessagesMax))
      this.#connection.send(0, FrameKind.packet, packet)
    }
  }

  async #dial(): Promise<void> {
    const address = this.options.address()
    if (address === null) return this.#drop('its address is not known')
    this.#dialing = true
    try {
      const connection = await dial(this.env, address, this.options, {
        // whoever listens has nothing to say on this way
        frame: () => {},
        closed: (cause) => this.#disconnected(cause),
      })
      if (this.#closed) return connection.destroy()
      connection.send(0, FrameKind.hello, encodeIntroduction(this.options.introduction))
      this.#connection = connection
      this.#failures = 0
      this.#flush()
    } catch (thrown) {
      this.#drop((thrown as Error).message)
    } finally {
      this.#dialing = false
    }
  }

  #disconnected(cause: Error | null): void {
    this.#connection = null
    if (!this.#closed) this.#drop(cause?.message ?? 'the peer closed the connection')
  }

  /** What waits is lost; the next try is a moment away, twice as long after each failure in a row. */
  #drop(reason: string): void {
    this.#queue = []
    this.#tellLoss()
    if (this.#failures === 0) this.env.log.warn('raft.peer.lost', {peer: this.peer, reason})
    const pauseMs = Math.min(backOffMs.max, backOffMs.first * 2 ** this.#failures)
    this.#failures += 1
    this.#pause?.cancel()
    this.#pause = this.env.clock.after(pauseMs / 2 + this.env.random.below(Math.ceil(pauseMs / 2)), () => {
      this.#pause = null
    })
  }

  #tellLoss(): void {
    if (this.#isLossPlanned) return
    this.#isLossPlanned = true
    this.env.clock.soon(() => {
      this.#isLossPlanned = false
      if (!this.#closed) this.options.lost()
    })
  }
}

/**
 * One stream between two nodes, as frames: both ends of it, the one that dialled and the one that listened, are this.
 *
 * Frames sent in one turn of the event loop leave in one write. Each end pings at an interval whether or not there is
 * other traffic, and gives the connection up when nothing at all has arrived for longer than that: a ping is not
 * answered, since the answer could be stuck behind bulk that flows the same way.
 */

import {CodedError} from '../../errors/coded-error.js'
import type {Clock, Timer} from '../clock.js'
import {type Frame, FrameKind, FrameParser, frameBytesMax, frameHeaderBytes, writeFrameHeader} from './frame.js'
import {helloBytesMax} from './handshake.js'
import type {Stream} from './network.js'

export const pingIntervalMs = 5_000
/** How much longer than the interval silence may last. */
export const silenceMarginMs = 3_000
/** Bytes written and not yet taken by the network, from which on new work is refused. */
export const outgoingBytesMax = 64 * 1024 * 1024
/** Bytes at which a peer that does not read is dropped: room for the answers to what it was allowed to ask. */
const outgoingBytesFatal = 4 * outgoingBytesMax
/** Payloads up to this are copied together; longer ones are written as they are. */
const joinedPayloadBytesMax = 16 * 1024

export interface ConnectionEvents {
  frame(frame: Frame): void
  /** Once, whoever closed it; `cause` is null for an orderly end. */
  closed(cause: Error | null): void
}

export class Connection {
  readonly #stream: Stream
  readonly #clock: Clock
  readonly #events: ConnectionEvents
  readonly #parser = new FrameParser(helloBytesMax)
  #queue: {id: number; kind: FrameKind; payload: Uint8Array}[] = []
  #pulse: Timer | null = null
  #heardAtMs: number
  #cause: Error | null = null

  constructor(stream: Stream, clock: Clock, events: ConnectionEvents) {
    this.#stream = stream
    this.#clock = clock
    this.#events = events
    this.#heardAtMs = clock.nowMs()
    stream.on('data', (chunk: Buffer) => this.#receive(chunk))
    stream.on('error', (error) => {
      this.#cause ??= error
    })
    stream.on('close', () => {
      this.#pulse?.cancel()
      events.closed(this.#cause)
    })
  }

  /** The peer has proved who it is: from now on it may send frames of any size, and must show signs of life. */
  trust(): void {
    this.#parser.frameBytesMax = frameBytesMax
    this.#beat(this.#clock.nowMs())
  }

  get outgoingBytes(): number {
    return this.#stream.writableLength
  }

  send(id: number, kind: FrameKind, payload: Uint8Array): void {
    if (this.#queue.push({id, kind, payload}) === 1) queueMicrotask(() => this.#flush())
  }

  /** Sends what is queued, then closes. */
  end(): void {
    this.#flush()
    this.#stream.end()
  }

  destroy(cause?: Error): void {
    this.#cause ??= cause ?? null
    this.#stream.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#heardAtMs = this.#clock.nowMs()
    try {
      this.#parser.push(chunk, (frame) => {
        if (!this.#stream.destroyed) this.#events.frame(frame)
      })
    } catch (thrown) {
      this.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)))
    }
  }

  #flush(): void {
    const queue = this.#queue
    this.#queue = []
    if (queue.length === 0 || this.#stream.destroyed || this.#stream.writableEnded) return
    let joinedBytes = 0
    for (const {payload} of queue) joinedBytes += frameHeaderBytes + joinedSize(payload)
    const joined = Buffer.allocUnsafe(joinedBytes)
    let written = 0
    let at = 0
    this.#stream.cork()
    for (const {id, kind, payload} of queue) {
      writeFrameHeader(joined, at, id, kind, payload.length)
      at += frameHeaderBytes
      if (joinedSize(payload) > 0) {
        joined.set(payload, at)
        at += payload.length
      } else if (payload.length > 0) {
        this.#stream.write(joined.subarray(written, at))
        this.#stream.write(payload)
        written = at
      }
    }
    if (written < at) this.#stream.write(joined.subarray(written, at))
    this.#stream.uncork()
    if (this.outgoingBytes > outgoingBytesFatal) this.destroy(callFailed('the peer does not read'))
  }

  #beat(plannedMs: number): void {
    const nowMs = this.#clock.nowMs()
    // After a pause of our own the peer's bytes may still wait unread in the socket: judge by the next beat.
    const paused = nowMs - plannedMs > silenceMarginMs / 2
    if (!paused && nowMs - this.#heardAtMs > pingIntervalMs + silenceMarginMs) {
      this.destroy(callFailed(`the peer has been silent for ${Math.round(nowMs - this.#heardAtMs)} ms`))
      return
    }
    this.send(0, FrameKind.ping, noBytes)
    this.#pulse = this.#clock.after(pingIntervalMs, () => this.#beat(nowMs + pingIntervalMs))
  }
}

const noBytes = new Uint8Array(0)

function joinedSize(payload: Uint8Array): number {
  return payload.length <= joinedPayloadBytesMax ? payload.length : 0
}

function callFailed(detail: string): CodedError {
  return new CodedError('CALL_RPCCLIENT_FAILED', detail, {outcome: 'unknown', retryable: true})
}

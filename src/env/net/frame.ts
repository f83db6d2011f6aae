/**
 * The unit of every connection between nodes: `u32 length | u32 request id | u8 kind | payload`, little-endian, where
 * the length counts what follows it.
 */
import {CodedError} from '../../errors/coded-error.js'

export const FrameKind = {hello: 1, request: 2, response: 3, error: 4, cancel: 5, ping: 6, packet: 7} as const
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind]

/** Bytes of a whole frame. */
export const frameBytesMax = 64 * 1024 * 1024
export const frameHeaderBytes = 9
const lengthBytes = 4
const headBytes = frameHeaderBytes - lengthBytes

export interface Frame {
  readonly id: number
  readonly kind: number
  /** A view of the received bytes: it holds as long as the frame is being handled, or for ever if it is kept. */
  readonly payload: Buffer
}

export function writeFrameHeader(target: Buffer, offset: number, id: number, kind: FrameKind, bytes: number): void {
  target.writeUInt32LE(headBytes + bytes, offset)
  target.writeUInt32LE(id, offset + 4)
  target[offset + 8] = kind
}

/**
 * Cuts a stream of chunks into frames. What does not end within its chunk is assembled in one buffer of the frame's
 * size, so that each byte is copied once at most, however many chunks it takes.
 */
export class FrameParser {
  /** Raised once the peer has authenticated: until then a stranger can make us hold no more than a hello. */
  frameBytesMax: number
  readonly #lengthSoFar = Buffer.alloc(lengthBytes)
  #lengthDone = 0
  #body: Buffer | null = null
  #bodyDone = 0

  constructor(limit: number = frameBytesMax) {
    this.frameBytesMax = limit
  }

  /** Calls back for each frame that `chunk` completes. Throws RPC_PARAM_ERROR on what cannot be a frame. */
  push(chunk: Buffer, onFrame: (frame: Frame) => void): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#body !== null) {
        const copied = chunk.copy(this.#body, this.#bodyDone, at)
        this.#bodyDone += copied
        at += copied
        if (this.#bodyDone < this.#body.length) return
        const body = this.#body
        this.#body = null
        onFrame(frameOf(body))
        continue
      }
      if (this.#lengthDone === 0 && chunk.length - at >= lengthBytes) {
        const length = this.#checked(chunk.readUInt32LE(at))
        at += lengthBytes
        if (chunk.length - at >= length) {
          onFrame(frameOf(chunk.subarray(at, at + length)))
          at += length
        } else {
          this.#assemble(length)
        }
        continue
      }
      const copied = chunk.copy(this.#lengthSoFar, this.#lengthDone, at)
      this.#lengthDone += copied
      at += copied
      if (this.#lengthDone === lengthBytes) {
        this.#lengthDone = 0
        this.#assemble(this.#checked(this.#lengthSoFar.readUInt32LE(0)))
      }
    }
  }

  #assemble(length: number): void {
    this.#body = Buffer.allocUnsafeSlow(length)
    this.#bodyDone = 0
  }

  #checked(length: number): number {
    if (length >= headBytes && length + lengthBytes <= this.frameBytesMax) return length
    throw new CodedError('RPC_PARAM_ERROR', `no frame: length ${length}, at most ${this.frameBytesMax} is accepted`)
  }
}

function frameOf(body: Buffer): Frame {
  return {id: body.readUInt32LE(0), kind: body[4] ?? 0, payload: body.subarray(headBytes)}
}

/**
 * The little of protobuf's wire format that etcd's reading needs: integers, and bytes with their length.
 */
import {Buffer} from 'node:buffer'
import {type KeyValue, leaseId} from './store.js'

/** Thrown for bytes that are no message. */
export class MessageFault extends Error {}

/** As many groups of seven bits as a double has room for; bigints cost a long list a third of its time. */
const smallBits = 49n
const scaleMax = 2 ** 42

export class Message {
  readonly #numbers = new Map<number, number | bigint>()
  readonly #bytes = new Map<number, Buffer[]>()

  /** Errors: MessageFault. */
  constructor(message: Buffer) {
    let at = 0
    const next = (): number => {
      const byte = message[at++]
      if (byte === undefined) throw new MessageFault('a message is cut off')
      return byte
    }
    const varint = (): number | bigint => {
      let small = 0
      for (let scale = 1; scale <= scaleMax; scale *= 0x80) {
        const byte = next()
        small += (byte & 0x7f) * scale
        if (byte < 0x80) return small
      }
      let value = BigInt(small)
      for (let shift = smallBits; shift < 70n; shift += 7n) {
        const byte = next()
        value |= BigInt(byte & 0x7f) << shift
        if (byte < 0x80) return value
      }
      throw new MessageFault('a message has no number where one must be')
    }
    while (at < message.length) {
      const tag = Number(varint())
      const [field, type] = [tag >> 3, tag & 7]
      if (type === 0) {
        this.#numbers.set(field, varint())
        continue
      }
      if (type !== 2) throw new MessageFault(`a message has a field of type ${type}`)
      const length = Number(varint())
      if (at + length > message.length) throw new MessageFault('a message is cut off')
      const known = this.#bytes.get(field)
      const piece = message.subarray(at, at + length)
      if (known === undefined) this.#bytes.set(field, [piece])
      else known.push(piece)
      at += length
    }
  }

  /** 0 where it is left out. */
  number(field: number): number {
    const value = this.#numbers.get(field) ?? 0
    return typeof value === 'number' ? value : Number(this.long(field))
  }

  long(field: number): bigint {
    return BigInt.asIntN(64, BigInt(this.#numbers.get(field) ?? 0))
  }

  bytes(field: number): Buffer {
    return this.#bytes.get(field)?.at(-1) ?? Buffer.alloc(0)
  }

  repeated(field: number): readonly Buffer[] {
    return this.#bytes.get(field) ?? []
  }
}

/** Fields that are 0, false or empty are left out, as in every encoder. */
export function encodeMessage(fields: readonly (readonly [field: number, value: number | boolean | Buffer])[]): Buffer {
  const pieces = fields.flatMap(([field, value]) => {
    if (Buffer.isBuffer(value)) return value.length === 0 ? [] : [varint(field * 8 + 2), varint(value.length), value]
    return Number(value) === 0 ? [] : [varint(field * 8), varint(Number(value))]
  })
  return Buffer.concat(pieces)
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return Buffer.from([...bytes, rest])
}

/** `mvccpb.KeyValue`. Errors: MessageFault. */
export function keyValueIn(bytes: Buffer): KeyValue {
  const message = new Message(bytes)
  const lease = message.long(6)
  return {
    key: message.bytes(1).toString('utf8'),
    value: message.bytes(5),
    createRevision: message.number(2),
    modRevision: message.number(3),
    version: message.number(4),
    lease: lease === 0n ? null : leaseId(String(lease)),
  }
}

/**
 * A bbolt file, the format of etcd's database, read from memory and never written.
 *
 * Pages of 16 bytes of header and then elements: a branch page's lead to other pages, a leaf page's are key and value, or a
 * bucket (a root page of its own, or a page within the value). Two meta pages are written in turn; the newer one whose checksum
 * is right is in force. Every place that the file points to is checked: a damaged file is DATA_CORRUPT, never a wrong answer
 * or an endless loop.
 */
import {Buffer} from 'node:buffer'
import {CodedError} from '../../errors/coded-error.js'

export interface BoltItem {
  readonly key: Buffer
  readonly value: Buffer
}

interface Leaf extends BoltItem {
  readonly isBucket: boolean
}

interface Meta {
  readonly pageBytes: number
  readonly rootPage: number
  /** Pages in use, and so in the file. */
  readonly pages: number
  readonly transaction: bigint
}

const magic = 0xed0cdaed
const headerBytes = 16
const elementBytes = 16
const bucketBytes = 16
const metaBytes = 56
const branchPage = 1
const leafPage = 2
const bucketLeaf = 1
/** A tree of more levels would hold more than any disk. */
const depthMax = 32
const pageBytesDefault = 4_096

export class BoltFile {
  readonly #bytes: Buffer
  readonly #meta: Meta

  /** Errors: DATA_CORRUPT for what is no such file. */
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const first = this.#metaAt(0)
    const second = this.#metaAt(first?.pageBytes ?? pageBytesDefault)
    const newer = first !== null && (second === null || first.transaction > second.transaction) ? first : second
    if (newer === null) throw damaged('neither of its two meta pages is whole')
    if (newer.pages * newer.pageBytes > this.#bytes.length) throw damaged('it is cut off')
    this.#meta = newer
  }

  /** What the bucket at the top holds, in key order. Errors: DATA_CORRUPT, also where there is no such bucket. */
  *items(bucket: string): Generator<BoltItem> {
    const {rootPage, pageBytes} = this.#meta
    for (const {key, value, isBucket} of this.#leaves(rootPage * pageBytes, 0)) {
      if (!isBucket || key.toString() !== bucket) continue
      const root = pageNumber(value, 0)
      // a small bucket is a page within the value
      const at = root === 0 ? value.byteOffset - this.#bytes.byteOffset + bucketBytes : root * pageBytes
      yield* this.#leaves(at, 0)
      return
    }
    throw damaged(`it has no bucket ${bucket}`)
  }

  *#leaves(at: number, depth: number): Generator<Leaf> {
    if (depth > depthMax) throw damaged('its pages lead in a circle')
    const header = this.#slice(at, headerBytes)
    const flags = header.readUInt16LE(8)
    const count = header.readUInt16LE(10)
    for (let index = 0; index < count; index++) {
      const element = at + headerBytes + index * elementBytes
      if (flags & branchPage)
        yield* this.#leaves(pageNumber(this.#slice(element, elementBytes), 8) * this.#meta.pageBytes, depth + 1)
      else if (flags & leafPage) yield this.#leafAt(element)
      else throw damaged(`the page at ${at} is neither branch nor leaf`)
    }
  }

  #leafAt(at: number): Leaf {
    const element = this.#slice(at, elementBytes)
    const keyAt = at + element.readUInt32LE(4)
    const keyBytes = element.readUInt32LE(8)
    const valueBytes = element.readUInt32LE(12)
    const isBucket = (element.readUInt32LE(0) & bucketLeaf) !== 0
    if (isBucket && valueBytes < bucketBytes) throw damaged(`the bucket at ${at} has no root`)
    return {key: this.#slice(keyAt, keyBytes), value: this.#slice(keyAt + keyBytes, valueBytes), isBucket}
  }

  #metaAt(page: number): Meta | null {
    const at = page + headerBytes
    if (this.#bytes.length < at + metaBytes + 8) return null
    const bytes = this.#slice(at, metaBytes + 8)
    if (
      bytes.readUInt32LE(0) !== magic ||
      bytes.readBigUInt64LE(metaBytes) !== checksum(bytes.subarray(0, metaBytes))
    ) {
      return null
    }
    const pageBytes = bytes.readUInt32LE(8)
    return {
      pageBytes,
      rootPage: pageNumber(bytes, 16),
      pages: pageNumber(bytes, 40),
      transaction: bytes.readBigUInt64LE(48),
    }
  }

  #slice(at: number, length: number): Buffer {
    if (at < 0 || at + length > this.#bytes.length) throw damaged('it is cut off')
    return this.#bytes.subarray(at, at + length)
  }
}

function pageNumber(bytes: Buffer, at: number): number {
  const page = bytes.readBigUInt64LE(at)
  if (page > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged(`there is no page ${page}`)
  return Number(page)
}

/** FNV-1a, 64 bits. */
function checksum(bytes: Uint8Array): bigint {
  return bytes.reduce((hash, byte) => BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n), 0xcbf29ce484222325n)
}

export function damaged(reason: string): CodedError {
  return new CodedError('DATA_CORRUPT', `the file is damaged, or no etcd database: ${reason}`)
}

/**
 * A growing run of bytes and a cursor over one: the smallest steps of the document codec.
 */
/** So few that they come out of the pool of buffers: most runs are a document or two. */
const firstBytes = 1024
/** UTF-8 needs at most this for each UTF-16 unit. */
const utf8PerUnit = 3

export class ByteWriter {
  #bytes = Buffer.allocUnsafe(firstBytes)
  #length = 0

  get length(): number {
    return this.#length
  }

  u8(value: number): void {
    const at = this.#reserve(1)
    this.#bytes[at] = value
  }

  u16(value: number): void {
    const at = this.#reserve(2)
    this.#bytes.writeUInt16LE(value, at)
  }

  u32(value: number): void {
    const at = this.#reserve(4)
    this.#bytes.writeUInt32LE(value, at)
  }

  f64(value: number): void {
    const at = this.#reserve(8)
    this.#bytes.writeDoubleLE(value, at)
  }

  i64(value: bigint): void {
    const at = this.#reserve(8)
    this.#bytes.writeBigInt64LE(value, at)
  }

  string(value: string): void {
    const at = this.#reserve(4 + value.length * utf8PerUnit)
    const bytes = this.#bytes.write(value, at + 4)
    this.#bytes.writeUInt32LE(bytes, at)
    this.#length = at + 4 + bytes
  }

  copyTo(target: Buffer, at: number): void {
    this.#bytes.copy(target, at, 0, this.#length)
  }

  /** Where the next `bytes` go. */
  #reserve(bytes: number): number {
    const at = this.#length
    this.#length += bytes
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, 2 * this.#bytes.length))
      this.#bytes.copy(larger, 0, 0, at)
      this.#bytes = larger
    }
    return at
  }
}

/** Reads throw RangeError beyond the end. */
export class ByteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#take(1))
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#take(2))
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4))
  }

  f64(): number {
    return this.#bytes.readDoubleLE(this.#take(8))
  }

  i64(): bigint {
    return this.#bytes.readBigInt64LE(this.#take(8))
  }

  string(): string {
    const bytes = this.u32()
    const at = this.#take(bytes)
    return this.#bytes.toString('utf8', at, at + bytes)
  }

  /** A view. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count)
    return this.#bytes.subarray(at, at + count)
  }

  /** `count` items of at least a byte each, so that a false count ends at the end of the bytes, not of the memory. */
  many<Item>(count: number, read: () => Item): Item[] {
    const items: Item[] = []
    for (let left = count; left > 0; left--) items.push(read())
    return items
  }

  #take(bytes: number): number {
    const at = this.#at
    this.#at += bytes
    if (this.#at > this.#bytes.length) throw new RangeError('beyond the end')
    return at
  }
}

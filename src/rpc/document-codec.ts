/**
 * Batches of documents as bytes: what a router sends, a log keeps and a partition server reads, so the format is for
 * good. Names stand once per batch, vectors lie side by side as float32 that a reader views in place.
 *
 *   u8 version | u8 shape | u16 0 | u32 rows | u32 floats | float32 × floats | names | [hit counts] | rows
 *   names       u16 count, then a string each, for scalar and vector fields alike
 *   hit counts  u32 queries, then u32 hits of each (shape `hits`)
 *   row         string id | [f64 docid] | [f64 score] | u16 fields | field … | u16 vectors | vector …
 *   field       u16 name | u8 type | f64, i64, string, or u32 count and as many strings
 *   vector      u16 name | u32 dimension; its floats follow those of the vector before it
 *   string      u32 bytes, UTF-8
 *
 * All little-endian, as are the machines that Node runs on. A row names the fields that it has: rows of one batch may
 * differ (partial updates). The same documents always give the same bytes.
 */
import type {Document, FieldValue, StoredDocument} from '../entity/document.js'
import {assert} from '../errors/assert.js'
import {CodedError} from '../errors/coded-error.js'
import {ByteReader, ByteWriter} from './bytes.js'

/** As `engine.ts` has it. */
export interface Hit {
  readonly document: StoredDocument
  readonly score: number
}

const version = 1
const Shape = {documents: 1, stored: 2, hits: 3} as const
type Shape = (typeof Shape)[keyof typeof Shape]
const ValueType = {number: 0, bigint: 1, string: 2, strings: 3} as const
const headerBytes = 12
const floatBytes = 4

assert(
  new Uint8Array(Uint16Array.of(1).buffer)[0] === 1,
  'vectors are viewed in place, so the machine is little-endian',
)

export function encodeDocuments(documents: readonly Document[]): Uint8Array {
  const batch = new BatchWriter()
  for (const document of documents) {
    batch.rows.string(document.id)
    batch.content(document)
  }
  return batch.finish(Shape.documents, documents.length)
}

export function encodeStored(documents: readonly StoredDocument[]): Uint8Array {
  const batch = new BatchWriter()
  for (const document of documents) {
    batch.rows.string(document.id)
    batch.rows.f64(document.docid)
    batch.content(document)
  }
  return batch.finish(Shape.stored, documents.length)
}

export function encodeHits(hits: readonly (readonly Hit[])[]): Uint8Array {
  const batch = new BatchWriter()
  let rows = 0
  batch.rows.u32(hits.length)
  for (const found of hits) batch.rows.u32(found.length)
  for (const found of hits) {
    rows += found.length
    for (const {document, score} of found) {
      batch.rows.string(document.id)
      batch.rows.f64(document.docid)
      batch.rows.f64(score)
      batch.content(document)
    }
  }
  return batch.finish(Shape.hits, rows)
}

/** Vectors are views of `bytes` (or of one copy, if those are not aligned). Throws RPC_PARAM_ERROR. */
export function decodeDocuments(bytes: Uint8Array): Document[] {
  return decoding(() => {
    const batch = new BatchReader(bytes, Shape.documents)
    return batch.rows(() => {
      const id = batch.reader.string()
      return {id, fields: batch.fields(), vectors: batch.vectors()}
    })
  })
}

/** As `decodeDocuments`. */
export function decodeStored(bytes: Uint8Array): StoredDocument[] {
  return decoding(() => {
    const batch = new BatchReader(bytes, Shape.stored)
    return batch.rows(() => batch.stored(batch.reader.string(), batch.reader.f64()))
  })
}

/** As `decodeDocuments`. */
export function decodeHits(bytes: Uint8Array): Hit[][] {
  return decoding(() => {
    const batch = new BatchReader(bytes, Shape.hits)
    const counts = batch.reader.many(batch.reader.u32(), () => batch.reader.u32())
    const hits = batch.rows(() => {
      const id = batch.reader.string()
      const docid = batch.reader.f64()
      const score = batch.reader.f64()
      return {score, document: batch.stored(id, docid)}
    })
    let end = 0
    return counts.map((count) => {
      end += count
      return hits.slice(end - count, end)
    })
  })
}

class BatchWriter {
  readonly rows = new ByteWriter()
  readonly #names = new Map<string, number>()
  readonly #vectors: Float32Array[] = []
  #floats = 0

  content({fields, vectors}: Document): void {
    const fieldNames = Object.keys(fields)
    this.rows.u16(fieldNames.length)
    for (const name of fieldNames) {
      this.rows.u16(this.#name(name))
      this.#value(fields[name])
    }
    const vectorNames = Object.keys(vectors)
    this.rows.u16(vectorNames.length)
    for (const name of vectorNames) {
      const vector = vectors[name]
      assert(vector !== undefined, 'a vector field that is present has a vector')
      this.rows.u16(this.#name(name))
      this.rows.u32(vector.length)
      this.#vectors.push(vector)
      this.#floats += vector.length
    }
  }

  finish(shape: Shape, rows: number): Uint8Array {
    const names = new ByteWriter()
    names.u16(this.#names.size)
    for (const name of this.#names.keys()) names.string(name)
    const floatsEnd = headerBytes + this.#floats * floatBytes
    const bytes = Buffer.allocUnsafeSlow(floatsEnd + names.length + this.rows.length)
    bytes.writeUInt32LE(version | (shape << 8), 0)
    bytes.writeUInt32LE(rows, 4)
    bytes.writeUInt32LE(this.#floats, 8)
    const floats = new Float32Array(bytes.buffer, bytes.byteOffset + headerBytes, this.#floats)
    let at = 0
    for (const vector of this.#vectors) {
      floats.set(vector, at)
      at += vector.length
    }
    names.copyTo(bytes, floatsEnd)
    this.rows.copyTo(bytes, floatsEnd + names.length)
    return bytes
  }

  #value(value: FieldValue | undefined): void {
    if (typeof value === 'number') {
      this.rows.u8(ValueType.number)
      this.rows.f64(value)
    } else if (typeof value === 'string') {
      this.rows.u8(ValueType.string)
      this.rows.string(value)
    } else if (typeof value === 'bigint') {
      this.rows.u8(ValueType.bigint)
      this.rows.i64(value)
    } else {
      assert(value !== undefined, 'a field that is present has a value')
      this.rows.u8(ValueType.strings)
      this.rows.u32(value.length)
      for (const item of value) this.rows.string(item)
    }
  }

  #name(name: string): number {
    const known = this.#names.get(name)
    if (known !== undefined) return known
    this.#names.set(name, this.#names.size)
    return this.#names.size - 1
  }
}

class BatchReader {
  readonly reader: ByteReader
  readonly #rows: number
  readonly #floats: Float32Array
  readonly #names: readonly string[]
  #floatsRead = 0

  constructor(bytes: Uint8Array, shape: Shape) {
    const reader = new ByteReader(bytes)
    const found = reader.u32()
    if ((found & 0xff) !== version) throw malformed(`format version ${found & 0xff}, this program knows ${version}`)
    if (found >> 8 !== shape) throw malformed(`a batch of shape ${found >> 8} where ${shape} is expected`)
    this.#rows = reader.u32()
    this.#floats = floatView(reader.bytes(reader.u32() * floatBytes))
    this.#names = reader.many(reader.u16(), () => reader.string())
    this.reader = reader
  }

  rows<Row>(read: () => Row): Row[] {
    return this.reader.many(this.#rows, read)
  }

  stored(id: string, docid: number): StoredDocument {
    return {id, docid, fields: this.fields(), vectors: this.vectors()}
  }

  fields(): Record<string, FieldValue> {
    const fields: Record<string, FieldValue> = {}
    for (let left = this.reader.u16(); left > 0; left--) {
      const name = this.#name()
      fields[name] = this.#value()
    }
    return fields
  }

  vectors(): Record<string, Float32Array> {
    const vectors: Record<string, Float32Array> = {}
    for (let left = this.reader.u16(); left > 0; left--) {
      const name = this.#name()
      const from = this.#floatsRead
      this.#floatsRead += this.reader.u32()
      if (this.#floatsRead > this.#floats.length) throw malformed('more vectors than floats')
      vectors[name] = this.#floats.subarray(from, this.#floatsRead)
    }
    return vectors
  }

  #name(): string {
    const name = this.#names[this.reader.u16()]
    if (name === undefined) throw malformed('a value without a name')
    return name
  }

  #value(): FieldValue {
    const {reader} = this
    const type = reader.u8()
    switch (type) {
      case ValueType.number:
        return reader.f64()
      case ValueType.bigint:
        return reader.i64()
      case ValueType.string:
        return reader.string()
      case ValueType.strings:
        return reader.many(reader.u32(), () => reader.string())
      default:
        throw malformed(`a value of type ${type}`)
    }
  }
}

function floatView(bytes: Uint8Array): Float32Array {
  const aligned = bytes.byteOffset % floatBytes === 0 ? bytes : Uint8Array.from(bytes)
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / floatBytes)
}

function decoding<T>(decode: () => T): T {
  try {
    return decode()
  } catch (thrown) {
    if (thrown instanceof RangeError) throw malformed('it ends too soon', thrown)
    throw thrown
  }
}

function malformed(detail: string, cause?: unknown): CodedError {
  return new CodedError('RPC_PARAM_ERROR', `no batch of documents: ${detail}`, {cause})
}

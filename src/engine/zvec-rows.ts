/** Documents as zvec's rows, and back. */
import type {ZVecDoc, ZVecDocInput} from '@zvec/zvec'
import type {FieldValue, StoredDocument} from '../entity/document.js'
import {assert} from '../errors/assert.js'
import {type Columns, docidColumn, longIdColumn, type ScalarColumn, type VectorColumn} from './columns.js'
import type {Projection} from './engine.js'
import {idOfKey, primaryKey} from './primary-key.js'
import {decodeText, encodeText} from './safe-text.js'

export function rowOf(document: StoredDocument, columns: Columns): ZVecDocInput {
  const id = primaryKey(document.id)
  const fields: Record<string, unknown> = {
    [docidColumn]: document.docid,
    [longIdColumn]: id === document.id ? '' : encodeText(document.id),
  }
  for (const column of columns.scalars) {
    const value = document.fields[column.field]
    assert(value !== undefined, `document has a value for ${column.field}`)
    fields[column.name] = column.encode(value)
  }
  const vectors: Record<string, Float32Array> = {}
  for (const column of columns.vectors) {
    const vector = document.vectors[column.field]
    assert(vector?.length === column.dimension, `document has a vector of ${column.dimension} for ${column.field}`)
    vectors[column.name] = vector
  }
  return {id, fields, vectors}
}

/** Which columns a read asks for, and how its rows become documents. */
export class RowReader {
  readonly outputFields: string[]
  readonly includeVector: boolean
  readonly #scalars: readonly ScalarColumn[]
  readonly #vectors: readonly VectorColumn[]

  constructor(columns: Columns, projection: Projection) {
    const {fields} = projection
    this.#scalars = fields === 'all' ? columns.scalars : pick(columns.scalarByField, fields)
    this.#vectors = pick(columns.vectorByField, projection.vectors)
    this.includeVector = this.#vectors.length > 0
    this.outputFields = [docidColumn, longIdColumn, ...this.#scalars.map(({name}) => name)]
  }

  read(row: ZVecDoc): StoredDocument {
    const fields: Record<string, FieldValue> = {}
    for (const column of this.#scalars) fields[column.field] = column.decode(row.fields[column.name])
    const vectors: Record<string, Float32Array> = {}
    for (const column of this.#vectors) vectors[column.field] = vectorOf(row, column.name)
    const longId: unknown = row.fields[longIdColumn]
    const id = idOfKey(row.id) ?? (typeof longId === 'string' ? decodeText(longId) : '')
    return {id, docid: docidOf(row), fields, vectors}
  }
}

/** What a read with this projection finds of the document. */
export function projected({id, docid, fields, vectors}: StoredDocument, projection: Projection): StoredDocument {
  const ofFields = projection.fields === 'all' ? Object.keys(fields) : projection.fields
  return {id, docid, fields: only(fields, ofFields), vectors: only(vectors, projection.vectors)}
}

function only<T>(record: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => names.includes(name)))
}

export function docidOf(row: ZVecDoc): number {
  const docid: unknown = row.fields[docidColumn]
  assert(typeof docid === 'number', 'every row has a docid')
  return docid
}

export function vectorOf(row: ZVecDoc, column: string): Float32Array {
  const vector: unknown = row.vectors[column]
  if (vector instanceof Float32Array) return vector
  assert(Array.isArray(vector), 'a stored vector is a list of numbers')
  return Float32Array.from(vector)
}

function pick<T>(byField: ReadonlyMap<string, T>, fields: readonly string[]): T[] {
  return [...new Set(fields)].flatMap((field) => byField.get(field) ?? [])
}

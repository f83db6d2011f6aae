/**
 * How fields lie in the engine: one column each, named and encoded so that nothing a client may write can break it.
 *
 * Names are digests of the field names (zvec takes 32 letters, digits and few signs, and dies of some names), so they stay
 * the same when indexes come and go. Encodings are one to one and keep the order that filters need:
 * - integer: as it is;
 * - long, date, float, double: `sortable.ts`;
 * - string and string array: `safe-text.ts`. An array is never empty: zvec's index does not know a row without elements.
 * Every scalar field has its column whether it is indexed or not: the documents are read from the columns, and an index
 * can be added to what is there.
 */
import {createHash} from 'node:crypto'
import type {FieldValue} from '../entity/document.js'
import {FieldType} from '../entity/field.js'
import type {Space} from '../entity/space.js'
import {assert} from '../errors/assert.js'
import {decodeText, encodeText} from './safe-text.js'
import {decodeDouble, decodeFloat, decodeLong, encodeDouble, encodeFloat, encodeLong} from './sortable.js'
import {vectorFieldsOf} from './space-indexes.js'

export const docidColumn = 'docid'
/** The id of a document whose key is a digest of it, else empty. */
export const longIdColumn = 'long_id'

export type StoredType = 'INT32' | 'STRING' | 'STRING_ARRAY'
export type StoredValue = number | string | string[]

interface Encoding {
  readonly stored: StoredType
  encode(value: FieldValue): StoredValue
  decode(value: unknown): FieldValue
}

export interface ScalarColumn extends Encoding {
  readonly name: string
  readonly field: string
  readonly type: FieldType
}

export interface VectorColumn {
  readonly name: string
  readonly field: string
  readonly dimension: number
}

export interface Columns {
  readonly scalars: readonly ScalarColumn[]
  readonly scalarByField: ReadonlyMap<string, ScalarColumn>
  readonly vectors: readonly VectorColumn[]
  readonly vectorByField: ReadonlyMap<string, VectorColumn>
}

/** Bits of a digest in a column's name: enough that no two fields of a space ever meet. */
const nameDigits = 24

function columnName(prefix: 's' | 'v', field: string): string {
  return `${prefix}_${createHash('sha256').update(field).digest('hex').slice(0, nameDigits)}`
}

function asNumber(value: unknown): number {
  assert(typeof value === 'number', 'a number')
  return value
}

function asText(value: unknown): string {
  assert(typeof value === 'string', 'a string')
  return value
}

const integer: Encoding = {stored: 'INT32', encode: asNumber, decode: asNumber}

const long: Encoding = {
  stored: 'STRING',
  encode(value) {
    assert(typeof value === 'bigint', 'a long is a bigint')
    return encodeLong(value)
  },
  decode: (value) => decodeLong(asText(value)),
}

const float: Encoding = {
  stored: 'STRING',
  encode: (value) => encodeFloat(asNumber(value)),
  decode: (value) => decodeFloat(asText(value)),
}

const double: Encoding = {
  stored: 'STRING',
  encode: (value) => encodeDouble(asNumber(value)),
  decode: (value) => decodeDouble(asText(value)),
}

const text: Encoding = {
  stored: 'STRING',
  encode: (value) => encodeText(asText(value)),
  decode: (value) => decodeText(asText(value)),
}

/** No text is encoded like this. */
export const noText = '%'

const texts: Encoding = {
  stored: 'STRING_ARRAY',
  encode(value) {
    assert(Array.isArray(value), 'a string array')
    return value.length === 0 ? [noText] : value.map((element) => encodeText(asText(element)))
  },
  decode(value) {
    assert(Array.isArray(value), 'a string array')
    return value[0] === noText ? [] : value.map((element) => decodeText(asText(element)))
  },
}

const encodings: ReadonlyMap<FieldType, Encoding> = new Map([
  [FieldType.int, integer],
  [FieldType.float, float],
  [FieldType.double, double],
  [FieldType.long, long],
  [FieldType.date, long],
  [FieldType.string, text],
  [FieldType.stringArray, texts],
])

export function columnsOf(space: Pick<Space, 'fields' | 'indexes' | 'space_properties'>): Columns {
  const scalars = Object.entries(space.space_properties).flatMap(([field, {field_type: type}]) => {
    const encoding = encodings.get(type)
    return encoding === undefined ? [] : [{...encoding, name: columnName('s', field), field, type}]
  })
  const vectors = vectorFieldsOf(space).map(({name, dimension}) => ({
    name: columnName('v', name),
    field: name,
    dimension,
  }))
  return {
    scalars,
    scalarByField: new Map(scalars.map((column) => [column.field, column])),
    vectors,
    vectorByField: new Map(vectors.map((column) => [column.field, column])),
  }
}

/** One parser for each scalar field: a JSON value in, the field's value out (data-plane spec §1.5, §2.3, §3.6). */
import {Buffer} from 'node:buffer'
import type {FieldValue} from '../entity/document.js'
import {FieldType, type SpaceProperty} from '../entity/field.js'
import {readDate, readDouble, readFloat, readInt, readLong} from '../entity/field-number.js'
import {fieldTypeNames} from '../entity/field-rules.js'
import {stringifyJson} from '../entity/json.js'
import {type CodedError, paramError} from '../errors/coded-error.js'

/** Throws PARAM_ERROR. */
export type ScalarParser = (value: unknown) => FieldValue

const stringBytesMax = 65_535
/** Where the field itself has an index; one that is indexed at the top level only keeps the larger bound, as in Vearch. */
const indexedStringBytesMax = 1_024
/** Between the elements of a string array that a client sends as one string. */
const elementSeparator = '\u0001'

const integerText = /^[+-]?\d+(?:\.0*)?$/
const decimalText = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

interface NumberType {
  /** How messages call it. */
  readonly label: string
  readonly text: RegExp
  readonly fromText: (text: string) => number | bigint
  readonly read: (value: unknown) => number | bigint
}

const wholeNumber = (text: string) => BigInt(text.replace(/^\+|\..*$/g, ''))

const numberTypes = new Map<FieldType, NumberType>([
  [FieldType.int, {label: 'integer', text: integerText, fromText: wholeNumber, read: readInt}],
  [FieldType.long, {label: 'long', text: integerText, fromText: wholeNumber, read: readLong}],
  [FieldType.float, {label: 'float32', text: decimalText, fromText: Number, read: readFloat}],
  [FieldType.double, {label: 'float64', text: decimalText, fromText: Number, read: readDouble}],
])

export function scalarParser(field: string, property: SpaceProperty): ScalarParser {
  const typeName = fieldTypeNames[property.field_type] ?? ''
  const parse = typedParser(field, property)
  return (value) => {
    switch (typeof value) {
      case 'string':
      case 'number':
      case 'bigint':
        return parse(value)
      case 'boolean':
        throw paramError(`field:[${field}] value mismatch, type:[${typeName}]`)
      default:
        if (value === null || value === undefined) throw paramError(`field name [${field}] type is null`)
        if (!Array.isArray(value)) throw paramError(`field:[${field}] type:[${typeName}] can't use as object`)
        if (property.field_type !== FieldType.stringArray) {
          throw paramError(`field:[${field}] type:[${typeName}] can't use as array`)
        }
        return parse(value)
    }
  }
}

function typedParser(field: string, property: SpaceProperty): ScalarParser {
  const bytesMax = property.index === undefined ? stringBytesMax : indexedStringBytesMax
  switch (property.field_type) {
    case FieldType.string:
      return (value) => boundedString(field, value, bytesMax, 'STRING')
    case FieldType.stringArray:
      return (value) => stringArray(field, value, bytesMax)
    case FieldType.date:
      return (value) => date(field, value)
    default: {
      const type = numberTypes.get(property.field_type)
      if (type === undefined) throw paramError(`field:[${field}] type:[${property.type}] can't be written`)
      return (value) => (typeof value === 'string' ? numberFromText(type, value) : number(field, type, property, value))
    }
  }
}

function boundedString(field: string, value: unknown, bytesMax: number, typeName: string): string {
  if (typeof value !== 'string') throw mismatch(field, value, typeName)
  // No UTF-16 unit takes more than three bytes, so most texts need not be measured.
  if (value.length * 3 <= bytesMax || Buffer.byteLength(value) <= bytesMax) return value
  const indexed = bytesMax === indexedStringBytesMax ? ' indexed,' : ''
  throw paramError(`string field ${field}${indexed} length should less than ${bytesMax}`)
}

/** No element and one empty element are the same to Vearch. */
function stringArray(field: string, value: unknown, bytesMax: number): readonly string[] {
  const elements: readonly unknown[] =
    typeof value === 'string' ? value.split(elementSeparator) : readArray(field, value)
  if (elements.length === 0) return ['']
  return elements.map((element) => boundedString(field, element, bytesMax, 'STRINGARRAY'))
}

function readArray(field: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw mismatch(field, value, 'STRINGARRAY')
  return value
}

function date(field: string, value: unknown): bigint {
  try {
    return readDate(value)
  } catch (thrown) {
    if (typeof value === 'string') throw paramError(`parse date ${value} failed, err ${reason(thrown)}`)
    throw mismatch(field, value, 'DATE')
  }
}

function number(field: string, type: NumberType, property: SpaceProperty, value: unknown): number | bigint {
  try {
    return type.read(value)
  } catch (thrown) {
    throw paramError(`${mismatch(field, value, fieldTypeNames[property.field_type] ?? '').detail}, ${reason(thrown)}`)
  }
}

function numberFromText(type: NumberType, text: string): number | bigint {
  try {
    if (!type.text.test(text)) throw new RangeError(`unable to cast ${JSON.stringify(text)} of type string to number`)
    return type.read(type.fromText(text))
  } catch (thrown) {
    throw paramError(`parse string ${text} to ${type.label} failed, err ${reason(thrown)}`)
  }
}

function mismatch(field: string, value: unknown, typeName: string): CodedError {
  return paramError(`field[${field}] value mismatch, value:[${stringifyJson(value)}] type:[${typeName}]`)
}

function reason(thrown: unknown): string {
  if (thrown instanceof RangeError) return thrown.message
  throw thrown
}

/** What a client may write in `fields` of a space (control-plane spec §4.7, data-plane spec §2.2 and §2.3). */
import {type FieldSpec, FieldType, fieldTypeByName, isScalarIndexType} from './field.js'
import {indexFault} from './index-rules.js'
import {isObject} from './json.js'

const dimensionMax = 20_000
const reservedNames = ['_id', '_score']
const vectorFormats = ['normalization', 'normal', 'no']
const storeTypes = ['RocksDB', 'MemoryOnly']
/** Known to Vearch's parsers, but its engine refuses them. */
const refusedTypes = new Map([
  ['bool', 'BOOL'],
  ['boolean', 'BOOL'],
])

/** Vearch's names in messages, by `FieldType`. */
export const fieldTypeNames = ['INT', 'LONG', 'FLOAT', 'DOUBLE', 'STRING', 'VECTOR', 'BOOL', 'DATE', 'STRINGARRAY']

/** Why the fields are not allowed, or null: then they are `FieldSpec[]`. */
export function fieldsFault(fields: unknown): string | null {
  if (!Array.isArray(fields) || fields.length === 0) return 'fields should be a list of at least one field'
  const names = new Set<string>()
  const indexNames = new Set<string>()
  for (const [position, field] of fields.entries()) {
    if (!isObject(field)) return `fields[${position}] should be an object`
    const fault = fieldFault(field, position)
    if (fault !== null) return fault
    const {name, index} = field as FieldSpec
    if (names.has(name)) return `field name [${name}] can not be duplicate`
    names.add(name)
    // Unnamed indexes get names of their own later, so any number of them may be there.
    if (index === undefined || index.name === undefined || index.name === '') continue
    if (indexNames.has(index.name)) return `index name can not be duplicate: ${index.name}`
    indexNames.add(index.name)
  }
  return null
}

function fieldFault(field: Readonly<Record<string, unknown>>, position: number): string | null {
  const {name, type, index} = field
  if (typeof name !== 'string' || name === '') return `fields[${position}] name can not be empty`
  if (reservedNames.includes(name)) return `field name [${name}] is reserved`
  if (/\p{Cs}/u.test(name)) return `field name [${name}] is not valid text`
  if (typeof type !== 'string') return `field [${name}] type should be a string`
  const refused = refusedTypes.get(type)
  const fieldType = fieldTypeByName.get(type)
  if (refused !== undefined || fieldType === undefined) return `space invalid field type: ${refused ?? type}`
  const fault = fieldType === FieldType.vector ? vectorFault(field, name) : scalarFault(field, name, fieldType)
  if (fault !== null || index === undefined || index === null) return fault
  if (!isObject(index)) return `field [${name}] index should be an object`
  return indexFault(index) ?? inlineIndexFault(name, fieldType, String(index.type))
}

function inlineIndexFault(name: string, fieldType: FieldType, indexType: string): string | null {
  if (indexType === 'COMPOSITE') return `field [${name}] index type COMPOSITE can only be set in indexes`
  const isVector = fieldType === FieldType.vector
  if (isVector && isScalarIndexType(indexType)) {
    return `field [${name}] is a vector field, scalar index type [${indexType}] is not allowed`
  }
  if (!isVector && !isScalarIndexType(indexType)) {
    return `field [${name}] is a scalar field, index type [${indexType}] is not allowed`
  }
  return null
}

function vectorFault(field: Readonly<Record<string, unknown>>, name: string): string | null {
  const {dimension, store_type, store_param, format} = field
  if (typeof dimension !== 'number' || !Number.isInteger(dimension) || dimension <= 0) {
    return `vector field [${name}] dimension should be an integer larger than 0`
  }
  if (dimension > dimensionMax)
    return `vector field [${name}] dimension:[${dimension}] should not exceed ${dimensionMax}`
  if (isGiven(store_type) && !storeTypes.includes(String(store_type))) {
    return `vector field [${name}] store_type:[${store_type}] should be RocksDB or MemoryOnly`
  }
  if (isGiven(store_param) && !isObject(store_param)) return `vector field [${name}] store_param should be an object`
  if (isGiven(format) && !vectorFormats.includes(String(format))) {
    return `vector field [${name}] format:[${format}] should be normalization, normal or no`
  }
  return null
}

function scalarFault(field: Readonly<Record<string, unknown>>, name: string, fieldType: FieldType): string | null {
  const typeName = fieldTypeNames[fieldType]
  if (isGiven(field.dimension) && field.dimension !== 0) return `type:[${typeName}] can not set dimension`
  if (!isGiven(field.format)) return null
  if (fieldType !== FieldType.date) return `type:[${typeName}] can not set format`
  return typeof field.format === 'string' ? null : `field [${name}] format should be a string`
}

/** Absent, null and the empty string mean the same to Vearch. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

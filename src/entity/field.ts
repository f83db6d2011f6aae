/**
 * The fields of a space and the indexes on them, as the client wrote them and as the cluster reads them.
 *
 * Numbers of `FieldType` and `FieldOption` are visible in `space_properties` and stay as Vearch has them.
 */
export const FieldType = {
  int: 0,
  long: 1,
  float: 2,
  double: 3,
  string: 4,
  vector: 5,
  bool: 6,
  date: 7,
  stringArray: 8,
} as const
export type FieldType = (typeof FieldType)[keyof typeof FieldType]

/** The type names that a client may write in a field, and what they mean. */
export const fieldTypeByName: ReadonlyMap<string, FieldType> = new Map([
  ['text', FieldType.string],
  ['keyword', FieldType.string],
  ['string', FieldType.string],
  ['date', FieldType.date],
  ['integer', FieldType.int],
  ['long', FieldType.long],
  ['float', FieldType.float],
  ['double', FieldType.double],
  ['stringArray', FieldType.stringArray],
  ['StringArray', FieldType.stringArray],
  ['string_array', FieldType.stringArray],
  ['vector', FieldType.vector],
])

export const FieldOption = {
  none: 0,
  index: 1,
  scalar: 2,
  inverted: 3,
  bitmap: 5,
  composite: 6,
} as const
export type FieldOption = (typeof FieldOption)[keyof typeof FieldOption]

export const scalarIndexTypes = ['SCALAR', 'INVERTED', 'BITMAP', 'COMPOSITE'] as const
export type ScalarIndexType = (typeof scalarIndexTypes)[number]

export function isScalarIndexType(type: string): type is ScalarIndexType {
  return (scalarIndexTypes as readonly string[]).includes(type)
}

export type MetricType = 'L2' | 'InnerProduct'

/** An index as Vearch writes it: inline in a field, or in the space's `indexes`. */
export interface IndexSpec {
  readonly name: string
  readonly type: string
  readonly field_name?: string
  readonly field_names?: readonly string[]
  readonly params?: Readonly<Record<string, unknown>>
}

/** One entry of `fields`, exactly as the client sent it: unknown keys are kept. */
export interface FieldSpec {
  readonly name: string
  readonly type: string
  readonly dimension?: number
  readonly store_type?: string
  readonly store_param?: unknown
  readonly format?: string
  readonly index?: IndexSpec
  readonly [key: string]: unknown
}

/** One entry of `space_properties`: a field with its type resolved. */
export interface SpaceProperty {
  readonly field_type: FieldType
  readonly type: string
  readonly index?: IndexSpec
  readonly format?: string
  /** Elements of a vector. */
  readonly dimension?: number
  readonly store_type?: string
  readonly store_param?: unknown
  readonly option?: FieldOption
}

/** The type of a field whose type name is one of the above. */
export function fieldTypeOf(field: FieldSpec): FieldType {
  return fieldTypeByName.get(field.type) ?? FieldType.string
}

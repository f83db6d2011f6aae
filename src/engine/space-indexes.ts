/**
 * The indexes of a space, wherever they are written: inline in a field or at the top level. An inline index without a
 * name is called `__idx__<field>_<type>`, as Vearch calls it.
 */
import {FieldType, type IndexSpec, isScalarIndexType} from '../entity/field.js'
import type {Space} from '../entity/space.js'

export interface SpaceIndex {
  readonly name: string
  readonly type: string
  /** More than one for a COMPOSITE only. */
  readonly fields: readonly string[]
  readonly params: Readonly<Record<string, unknown>>
}

type Schema = Pick<Space, 'fields' | 'indexes' | 'space_properties'>

/** Inline indexes first, in the order of the fields; each name once. */
export function indexesOf(space: Schema): readonly SpaceIndex[] {
  const byName = new Map<string, SpaceIndex>()
  const add = (spec: IndexSpec | undefined, field?: string) => {
    if (spec === undefined) return
    const index = toSpaceIndex(spec, field)
    if (!byName.has(index.name)) byName.set(index.name, index)
  }
  for (const [name, property] of Object.entries(space.space_properties)) add(property.index, name)
  for (const field of space.fields) add(field.index, field.name)
  for (const spec of space.indexes ?? []) add(spec)
  return [...byName.values()]
}

/** `field` is the field that an inline index is written in. */
export function toSpaceIndex(spec: IndexSpec, field?: string): SpaceIndex {
  const fields = spec.field_names ?? [spec.field_name ?? field ?? '']
  return {name: spec.name || `__idx__${fields[0]}_${spec.type}`, type: spec.type, fields, params: spec.params ?? {}}
}

/** The scalar fields that some index covers; a COMPOSITE covers each of its fields. */
export function indexedScalars(space: Schema): ReadonlySet<string> {
  return new Set(indexesOf(space).flatMap((index) => (isScalarIndexType(index.type) ? index.fields : [])))
}

/** The index that serves searches on a vector field; a field without one is scanned as by FLAT. */
export function vectorIndexOf(space: Schema, field: string): SpaceIndex {
  const found = indexesOf(space).find((index) => index.fields[0] === field && !isScalarIndexType(index.type))
  return found ?? {name: '', type: 'FLAT', fields: [field], params: {}}
}

export function vectorFieldsOf(space: Schema): readonly {readonly name: string; readonly dimension: number}[] {
  return Object.entries(space.space_properties)
    .filter(([, property]) => property.field_type === FieldType.vector)
    .map(([name, property]) => ({name, dimension: property.dimension ?? 0}))
}

/** Spaces and documents for engine tests. */
import type {FieldValue, StoredDocument} from '../../src/entity/document.js'
import {type FieldSpec, FieldType, fieldTypeByName, type IndexSpec, type SpaceProperty} from '../../src/entity/field.js'
import {dbId, spaceId} from '../../src/entity/ids.js'
import type {Space} from '../../src/entity/space.js'
import {assert} from '../../src/errors/assert.js'

export function spaceOf(fields: readonly FieldSpec[], indexes: readonly IndexSpec[] = []): Space {
  const properties: Record<string, SpaceProperty> = {}
  for (const {name, type, dimension, index} of fields) {
    const fieldType = fieldTypeByName.get(type)
    assert(fieldType !== undefined, `type ${type}`)
    properties[name] = {
      field_type: fieldType,
      type,
      ...(dimension === undefined ? {} : {dimension}),
      ...(index === undefined ? {} : {index}),
    }
  }
  return {
    id: spaceId(1),
    name: 'ts_space',
    resource_name: 'default',
    version: 2,
    db_id: dbId(1),
    enabled: true,
    partitions: [],
    partition_num: 1,
    replica_num: 1,
    fields,
    indexes,
    space_properties: properties,
  }
}

export function vectorField(dimension: number, type = 'FLAT', params: Record<string, unknown> = {metric_type: 'L2'}) {
  return {name: 'feature', type: 'vector', dimension, index: {name: 'by_feature', type, params}}
}

export function indexed(name: string, type: string, indexType = 'INVERTED'): FieldSpec {
  return {name, type, index: {name: `by_${name}`, type: indexType}}
}

/** What the caller of an engine fills in for a field that a document does not bring. */
export function defaultOf(type: FieldType): FieldValue {
  if (type === FieldType.long || type === FieldType.date) return 0n
  if (type === FieldType.string) return ''
  return type === FieldType.stringArray ? [] : 0
}

/** A document of the space with defaults for what is not given. */
export function documentOf(
  space: Space,
  docid: number,
  given: Record<string, FieldValue | Float32Array> = {},
  id = `doc${docid}`,
): StoredDocument {
  const fields: Record<string, FieldValue> = {}
  const vectors: Record<string, Float32Array> = {}
  for (const [name, {field_type: type, dimension = 0}] of Object.entries(space.space_properties)) {
    const value = given[name]
    if (type !== FieldType.vector)
      fields[name] = value === undefined || value instanceof Float32Array ? defaultOf(type) : value
    else vectors[name] = value instanceof Float32Array ? value : new Float32Array(dimension).fill(docid)
  }
  return {id, docid, fields, vectors}
}

/** What a client may write as an index, inline in a field or in `indexes` (control-plane spec §4.7, data-plane spec §2.5). */
import {type FieldSpec, FieldType, fieldTypeOf, type IndexSpec, isScalarIndexType, scalarIndexTypes} from './field.js'
import {isObject} from './json.js'

/**
 * Those that an engine here serves. Vearch's own list has more (BINARYIVF, GPU_IVFPQ, GPU_IVFFLAT, SSG, IVFPQ_RELAYOUT,
 * SCANN), which fail or depend on its build; we say so at once.
 */
const vectorIndexTypes = ['FLAT', 'HNSW', 'IVFFLAT', 'IVFPQ', 'IVFRABITQ', 'DISKANN_STATIC', 'DISKANN']
const ivfTypes = ['IVFFLAT', 'IVFPQ', 'IVFRABITQ']
const metrics = ['', 'L2', 'InnerProduct']
const ncentroidsMax = 262_144
const trainingMin = 256
/** Vectors that a centroid is trained from at least. */
const trainingPerCentroid = 39

type Params = Readonly<Record<string, unknown>>

/** Why the index itself, whatever field it is on, is not allowed, or null. */
export function indexFault(index: Readonly<Record<string, unknown>>): string | null {
  const {name, type, params} = index
  if (name !== undefined && typeof name !== 'string') return 'index name should be a string'
  if (type === undefined || type === null || type === '') return 'index type is null'
  if (typeof type !== 'string' || ![...vectorIndexTypes, ...scalarIndexTypes].includes(type)) {
    return `index type not support: ${type}`
  }
  if (params === undefined || params === null) return null
  if (!isObject(params)) return 'index params should be an object'
  return paramsFault(type, params)
}

function paramsFault(type: string, params: Params): string | null {
  const metric = params.metric_type ?? ''
  if (typeof metric !== 'string' || !metrics.includes(metric)) {
    return `index params metric_type not support: ${metric}, should be L2 or InnerProduct`
  }
  if (type === 'HNSW') {
    return rangeFault(params, 'nlinks', 8, 96) ?? rangeFault(params, 'efConstruction', 16, 1024)
  }
  return ivfTypes.includes(type) ? ivfFault(type, params) : null
}

function ivfFault(type: string, params: Params): string | null {
  const fault =
    rangeFault(params, 'ncentroids', 1, ncentroidsMax) ??
    integerFault(params, 'training_threshold') ??
    integerFault(params, 'nprobe')
  if (fault !== null) return fault
  const ncentroids = Number(params.ncentroids ?? 0)
  const threshold = Number(params.training_threshold ?? 0)
  const nprobe = Number(params.nprobe ?? 0)
  if (threshold !== 0 && threshold < ncentroids) {
    return `${type} training_threshold:[${threshold}] should more than ncentroids:[${ncentroids}]`
  }
  const trained = threshold === 0 ? ncentroids * trainingPerCentroid : threshold
  if (trained !== 0 && trained < trainingMin) return `${type} training_threshold:[${trained}] should more than [256]`
  if (nprobe > ncentroids) return `${type} nprobe:[${nprobe}] should less than ncentroids:[${ncentroids}]`
  return nprobe < 0 ? `${type} nprobe:[${nprobe}] should not be less than 0` : null
}

/** Zero and absence mean the engine's default. */
function rangeFault(params: Params, key: string, min: number, max: number): string | null {
  const fault = integerFault(params, key)
  if (fault !== null) return fault
  const value = Number(params[key] ?? 0)
  return value === 0 || (value >= min && value <= max)
    ? null
    : `index params ${key}:${value} should in [${min}, ${max}]`
}

function integerFault(params: Params, key: string): string | null {
  const value = params[key] ?? 0
  return typeof value === 'number' && Number.isInteger(value) ? null : `index params ${key} should be an integer`
}

/** Why `indexes` do not fit the fields, which are valid themselves, or null: then they are `IndexSpec[]`. */
export function indexesFault(fields: readonly FieldSpec[], indexes: unknown): string | null {
  if (indexes === undefined || indexes === null) return null
  if (!Array.isArray(indexes)) return 'indexes should be a list'
  const fieldByName = new Map(fields.map((field) => [field.name, field]))
  const names = new Set(inlineIndexes(fields).map(({name}) => name))
  const singles = new Set(fields.filter(({index}) => hasIndex(index)).map(({name}) => name))
  const composites = new Set<string>()
  for (const [position, index] of indexes.entries()) {
    const at = `indexes[${position}]`
    if (!isObject(index)) return `${at} should be an object`
    const fault = indexFault(index) ?? targetFault(index, fieldByName)
    if (fault !== null) return `${at} ${fault}`
    const {name, field_name, field_names} = index as unknown as IndexSpec
    if (name === undefined || name === '') return `${at} name can not be empty`
    if (names.has(name)) return `${at} index name can not be duplicate: ${name}`
    names.add(name)
    const target = field_name === undefined || field_name === '' ? JSON.stringify(field_names) : field_name
    const taken = target === field_name ? singles : composites
    if (taken.has(target)) return `${at} field[${target}] index duplicated`
    taken.add(target)
  }
  return null
}

function targetFault(
  index: Readonly<Record<string, unknown>>,
  fieldByName: ReadonlyMap<string, FieldSpec>,
): string | null {
  const {type, field_name, field_names} = index
  const named = field_name !== undefined && field_name !== null && field_name !== ''
  const listed =
    field_names !== undefined && field_names !== null && !(Array.isArray(field_names) && field_names.length === 0)
  if (type === 'COMPOSITE')
    return named ? 'COMPOSITE takes field_names, not field_name' : compositeFault(field_names, fieldByName)
  if (!named) return 'requires field_name to be set'
  if (listed) return 'field_name and field_names can not be set together'
  const field = typeof field_name === 'string' ? fieldByName.get(field_name) : undefined
  if (field === undefined) return `field[${field_name}] not found in fields`
  const isVector = fieldTypeOf(field) === FieldType.vector
  if (isVector && isScalarIndexType(String(type))) {
    return `field[${field.name}] is a vector field, scalar index types are not allowed`
  }
  if (!isVector && !isScalarIndexType(String(type))) {
    return `field[${field.name}] is a scalar field, use scalar index types instead`
  }
  return null
}

function compositeFault(names: unknown, fieldByName: ReadonlyMap<string, FieldSpec>): string | null {
  const listed: readonly unknown[] = Array.isArray(names) ? names : []
  if (listed.length < 2) return `requires at least 2 fields, got ${listed.length}`
  const seen = new Set<unknown>()
  for (const name of listed) {
    if (seen.has(name)) return `duplicate field[${name}] in field_names`
    seen.add(name)
    const field = typeof name === 'string' ? fieldByName.get(name) : undefined
    if (field === undefined) return `field[${name}] not found in fields`
    if (fieldTypeOf(field) === FieldType.vector) {
      return `field[${name}] is a vector field, composite index only supports scalar fields`
    }
  }
  return null
}

/** All indexes of a space as it stores them: those of `fields` with names and fields filled in, then `indexes`. */
export function mergedIndexes(fields: readonly FieldSpec[], indexes: readonly IndexSpec[]): IndexSpec[] {
  return [...inlineIndexes(fields), ...indexes]
}

export function inlineIndexes(fields: readonly FieldSpec[]): IndexSpec[] {
  return fields.flatMap(({name: field, index}) => {
    if (!hasIndex(index)) return []
    const {name, type, params} = index
    return [
      {
        name: name === undefined || name === '' ? `__idx__${field}_${type}` : name,
        type,
        field_name: field,
        ...(params === undefined || params === null ? {} : {params}),
      },
    ]
  })
}

export function hasVectorIndex(indexes: readonly IndexSpec[]): boolean {
  return indexes.some(({type}) => !isScalarIndexType(type))
}

function hasIndex(index: IndexSpec | null | undefined): index is IndexSpec {
  return index !== undefined && index !== null
}

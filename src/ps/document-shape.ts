/**
 * What a complete document of a space looks like: which scalar fields it has and their zero values, which vectors and
 * their dimensions.
 */
import type {Document, FieldValue, StoredDocument} from '../entity/document.js'
import {FieldType} from '../entity/field.js'
import type {Space} from '../entity/space.js'

export class DocumentShape {
  readonly #types: ReadonlyMap<string, FieldType>
  readonly #zeros: Readonly<Record<string, FieldValue>>
  readonly #dimensions: ReadonlyMap<string, number>

  constructor(space: Space) {
    const zeros: Record<string, FieldValue> = {}
    const types = new Map<string, FieldType>()
    const dimensions = new Map<string, number>()
    for (const [name, property] of Object.entries(space.space_properties)) {
      if (property.field_type === FieldType.vector) dimensions.set(name, property.dimension ?? 0)
      else {
        types.set(name, property.field_type)
        zeros[name] = zeroOf(property.field_type)
      }
    }
    this.#types = types
    this.#zeros = zeros
    this.#dimensions = dimensions
  }

  /** Undefined if there is no such vector field. */
  dimensionOf(field: string): number | undefined {
    return this.#dimensions.get(field)
  }

  get vectors(): readonly string[] {
    return [...this.#dimensions.keys()]
  }

  /** Whether every field of the document is one of the space's, of its type, and every vector as long as it must be. */
  fits(document: Document): boolean {
    return (
      Object.entries(document.fields).every(([name, value]) => isOfType(value, this.#types.get(name))) &&
      Object.entries(document.vectors).every(([name, vector]) => vector.length === this.#dimensions.get(name))
    )
  }

  missingVectors(document: Document): string[] {
    return [...this.#dimensions.keys()].filter((name) => !Object.hasOwn(document.vectors, name))
  }

  hasEveryScalar(document: Document): boolean {
    for (const name of this.#types.keys()) if (!Object.hasOwn(document.fields, name)) return false
    return true
  }

  /** A new document: the scalars that it does not have get their zero value. Every vector must be there. */
  complete(document: Document, docid: number): StoredDocument {
    const {id, fields, vectors} = document
    return {id, docid, fields: this.hasEveryScalar(document) ? fields : {...this.#zeros, ...fields}, vectors}
  }
}

/** Only what `changes` has is new; the docid stays. */
export function updated(before: StoredDocument, changes: Document): StoredDocument {
  return {
    ...before,
    fields: {...before.fields, ...changes.fields},
    vectors: {...before.vectors, ...changes.vectors},
  }
}

/** Data-plane spec §2.3: what Vearch stores, and returns, for a scalar that was never set. */
function zeroOf(type: FieldType): FieldValue {
  switch (type) {
    case FieldType.string:
      return ''
    case FieldType.stringArray:
      return ['']
    case FieldType.long:
    case FieldType.date:
      return 0n
    default:
      return 0
  }
}

function isOfType(value: FieldValue, type: FieldType | undefined): boolean {
  switch (type) {
    case FieldType.int:
      return typeof value === 'number' && (value | 0) === value
    case FieldType.float:
    case FieldType.double:
      return Number.isFinite(value)
    case FieldType.long:
    case FieldType.date:
      return typeof value === 'bigint'
    case FieldType.string:
      return typeof value === 'string'
    case FieldType.stringArray:
      return Array.isArray(value)
    default:
      return false
  }
}

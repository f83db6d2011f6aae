/**
 * Documents as clients write them -> documents as the cluster holds them, checked against the space.
 *
 * A parser is compiled once for each state of a space: what to do with a field is looked up by its name and nothing about
 * the schema is decided again for each document. All rules and texts are those of the data-plane spec §1.5, §2.3, §2.4,
 * §3.3 and §3.6, with three differences: an integer out of 32 bits is refused instead of wrapped (W-27), a vector in object
 * form is refused instead of ending the process (W-2), and a zero vector that is to be normalised is refused with its
 * batch instead of failing later.
 *
 * Reading order: this file, `scalar-parser.ts`, `vector-parser.ts`, `document-id.ts`.
 */
import type {Document, FieldValue} from '../entity/document.js'
import {FieldType} from '../entity/field.js'
import {isObject} from '../entity/json.js'
import type {Space} from '../entity/space.js'
import type {Random} from '../env/random.js'
import {paramError} from '../errors/coded-error.js'
import {newDocumentId, readDocumentId} from './document-id.js'
import {type ScalarParser, scalarParser} from './scalar-parser.js'
import {parseVector} from './vector-parser.js'

interface VectorField {
  readonly dimension: number
  readonly normalised: boolean
}

type Schema = Pick<Space, 'name' | 'space_properties'>

export class DocumentParser {
  readonly #scalars = new Map<string, ScalarParser>()
  readonly #vectors = new Map<string, VectorField>()

  constructor(
    private readonly space: Schema,
    private readonly random: Random,
  ) {
    for (const [name, property] of Object.entries(space.space_properties)) {
      if (property.field_type !== FieldType.vector) this.#scalars.set(name, scalarParser(name, property))
      else this.#vectors.set(name, {dimension: property.dimension ?? 0, normalised: isNormalised(property.format)})
    }
  }

  /** The first fault refuses the whole batch. Throws PARAM_ERROR. */
  parseBatch(values: readonly unknown[]): Document[] {
    if (values.length === 0) throw paramError('empty documents, should set at least one document')
    return values.map((value) => this.parse(value))
  }

  parse(value: unknown): Document {
    if (!isObject(value)) throw paramError(`data format error, object is required but received ${jsonKind(value)}`)
    const given = readDocumentId(Object.hasOwn(value, '_id') ? value._id : undefined)
    const fields: Record<string, FieldValue> = {}
    const vectors: Record<string, Float32Array> = {}
    let vectorCount = 0
    for (const name of Object.keys(value)) {
      const vector = this.#vectors.get(name)
      if (vector !== undefined) {
        vectors[name] = parseVector(name, value[name], vector.dimension, vector.normalised)
        vectorCount++
      } else if (name !== '_id') fields[name] = this.#scalar(name)(value[name])
    }
    if (given === null && vectorCount !== this.#vectors.size) {
      throw paramError(
        `vector field num:${vectorCount} is not equal to vector num of space fields:${this.#vectors.size} and document_id is empty`,
      )
    }
    return {id: given ?? newDocumentId(this.random), fields, vectors}
  }

  #scalar(name: string): ScalarParser {
    const parser = this.#scalars.get(name)
    if (parser !== undefined) return parser
    throw paramError(`unrecognizable field, ${name} is not found in space[${this.space.name}] fields`)
  }
}

export function isNormalised(format: string | undefined): boolean {
  return format === 'normalization' || format === 'normal'
}

/** A space's record is replaced whenever it changes, so a parser lives exactly as long as the state it was compiled for. */
export class DocumentParsers {
  readonly #bySpace = new WeakMap<Schema, DocumentParser>()

  constructor(private readonly random: Random) {}

  of(space: Schema): DocumentParser {
    const known = this.#bySpace.get(space)
    if (known !== undefined) return known
    const parser = new DocumentParser(space, this.random)
    this.#bySpace.set(space, parser)
    return parser
  }
}

/** What the message calls a JSON value: the JSON parser's names. */
function jsonKind(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return String(value)
  return typeof value === 'string' ? 'string' : 'number'
}

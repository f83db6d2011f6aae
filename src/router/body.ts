/**
 * Fields of a JSON body by their types, as Go's decoder reads them: what is missing or null has its zero value, unknown
 * keys are ignored, a wrong type is refused with the decoder's text.
 */
import {isObject} from '../entity/json.js'
import {WrongShape} from './refusal.js'

const int32Max = 2 ** 31 - 1
const uint32Max = 2 ** 32 - 1

export class Body {
  readonly #fields: Readonly<Record<string, unknown>>

  /** `owner` is Go's name of what is decoded, for the texts. */
  constructor(
    value: unknown,
    private readonly owner: string,
  ) {
    if (value !== null && value !== undefined && !isObject(value)) {
      throw new WrongShape(`json: cannot unmarshal ${kindOf(value)} into Go value of type request.${owner}`)
    }
    this.#fields = value ?? {}
  }

  /** The value as it is; undefined if it is missing or null. */
  any(key: string): unknown {
    return Object.hasOwn(this.#fields, key) ? (this.#fields[key] ?? undefined) : undefined
  }

  string(key: string): string {
    const value = this.any(key) ?? ''
    return typeof value === 'string' ? value : this.#wrong(key, value, 'string')
  }

  boolean(key: string): boolean {
    const value = this.any(key) ?? false
    return typeof value === 'boolean' ? value : this.#wrong(key, value, 'bool')
  }

  int32(key: string): number {
    return this.#integer(key, -int32Max - 1, int32Max, 'int32') ?? 0
  }

  /** Undefined if it is absent: 0 is a value. */
  uint32(key: string): number | undefined {
    return this.#integer(key, 0, uint32Max, 'uint32')
  }

  number(key: string): number | undefined {
    const value = this.any(key)
    if (value === undefined || typeof value === 'number') return value
    return typeof value === 'bigint' ? Number(value) : this.#wrong(key, value, 'float64')
  }

  list(key: string, of = 'json.RawMessage'): readonly unknown[] {
    const value = this.any(key) ?? []
    return Array.isArray(value) ? value : this.#wrong(key, value, `[]${of}`)
  }

  strings(key: string): readonly string[] {
    return this.list(key, 'string').map((item) => (typeof item === 'string' ? item : this.#wrong(key, item, 'string')))
  }

  uint32s(key: string): readonly number[] {
    return this.list(key, 'uint32').map((item) => (isUint32(item) ? item : this.#wrong(key, item, 'uint32')))
  }

  /** Undefined if it is absent. */
  object(key: string, type: string): Body | undefined {
    const value = this.any(key)
    if (value === undefined) return undefined
    return isObject(value) ? new Body(value, type) : this.#wrong(key, value, `request.${type}`)
  }

  #integer(key: string, min: number, max: number, type: string): number | undefined {
    const value = this.any(key)
    if (value === undefined) return undefined
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
    return this.#wrong(key, value, type)
  }

  #wrong(key: string, value: unknown, type: string): never {
    const given = typeof value === 'number' || typeof value === 'bigint' ? `number ${value}` : kindOf(value)
    throw new WrongShape(`json: cannot unmarshal ${given} into Go struct field ${this.owner}.${key} of type ${type}`)
  }
}

function isUint32(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= uint32Max
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'bigint' ? 'number' : typeof value
}

import {isObject} from '../entity/json.js'
import {bindFault} from './route.js'

/**
 * Takes typed values out of a request's JSON. A value of another type is the client's fault: a 400 in the words of Vearch's
 * decoder. Null counts as absent.
 */
export class JsonReader {
  readonly #object: Readonly<Record<string, unknown>>

  /** `struct` is how Vearch names what is read. */
  constructor(
    body: unknown,
    private readonly struct: string,
  ) {
    if (body !== undefined && body !== null && !isObject(body)) {
      throw bindFault(`json: cannot unmarshal ${jsonType(body)} into Go value of type ${struct}`)
    }
    this.#object = body ?? {}
  }

  /** As it came, whatever it is. */
  any(key: string): unknown {
    return this.#object[key] ?? undefined
  }

  string(key: string): string | undefined {
    return this.#typed(key, 'string', (value) => typeof value === 'string')
  }

  boolean(key: string): boolean | undefined {
    return this.#typed(key, 'bool', (value) => typeof value === 'boolean')
  }

  number(key: string): number | undefined {
    return this.#typed(key, 'float64', (value) => typeof value === 'number' && Number.isFinite(value))
  }

  /** An integer within Go's `type`. */
  integer(key: string, type: 'int' | 'int32' | 'uint8' | 'uint32' | 'uint64' = 'int'): number | undefined {
    const [min, max] = integerRanges[type]
    return this.#typed(
      key,
      type,
      (value) => typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max,
    )
  }

  integers(key: string, type: 'uint32' | 'uint64'): readonly number[] | undefined {
    const [min, max] = integerRanges[type]
    const isInRange = (value: unknown) =>
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
    return this.#typed(key, `[]${type}`, (value) => Array.isArray(value) && value.every(isInRange))
  }

  strings(key: string): Readonly<Record<string, string>> | undefined {
    const isText = (value: unknown) => typeof value === 'string'
    return this.#typed(key, 'map[string]string', (value) => isObject(value) && Object.values(value).every(isText))
  }

  list(key: string): readonly unknown[] | undefined {
    return this.#typed(key, '[]json.RawMessage', Array.isArray)
  }

  texts(key: string): readonly string[] | undefined {
    const isText = (value: unknown) => typeof value === 'string'
    return this.#typed(key, '[]string', (value) => Array.isArray(value) && value.every(isText))
  }

  #typed<T>(key: string, type: string, isOfType: (value: unknown) => boolean): T | undefined {
    const value = this.any(key)
    if (value === undefined) return undefined
    if (isOfType(value)) return value as T
    const got = typeof value === 'number' || typeof value === 'bigint' ? `number ${value}` : jsonType(value)
    throw bindFault(`json: cannot unmarshal ${got} into Go struct field ${this.struct}.${key} of type ${type}`)
  }
}

const integerRanges = {
  int: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 255],
  uint32: [0, 2 ** 32 - 1],
  uint64: [0, Number.MAX_SAFE_INTEGER],
} as const

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'bigint' ? 'number' : typeof value
}

/** Only the keys that have a value: what is absent stays absent. */
export function given<T extends Readonly<Record<string, unknown>>>(
  values: T,
): {[K in keyof T]?: Exclude<T[K], undefined>} {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

/**
 * How two values of a record differ, field by field: what changed in it, and not merely that it did.
 *
 * Objects by their fields; lists of objects by the id or name of each, so that one more partition is one difference and not a
 * difference of all that come after it; anything else as a whole. Passwords are compared and never shown.
 */
import {Buffer} from 'node:buffer'
import {isObject, ownField, stringifyJson} from '../../entity/json.js'
import {decodeRecord} from '../../meta/repository.js'

export interface FieldChange {
  /** `partitions[7].replicas`; empty: all of the value. */
  readonly field: string
  /** Null where there was, or is, nothing. */
  readonly before: unknown
  readonly after: unknown
}

/** Of the values of two keys, either of which may be no JSON, or not there. */
export function recordChanges(before: Uint8Array | null, after: Uint8Array | null): FieldChange[] {
  return fieldChanges(decoded(before), decoded(after))
}

export function fieldChanges(before: unknown, after: unknown, field = ''): FieldChange[] {
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...names].flatMap((name) => fieldChanges(ownField(before, name), ownField(after, name), join(field, name)))
  }
  const [old, now] = [byName(before), byName(after)]
  if (old !== null && now !== null) {
    return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) =>
      fieldChanges(old.get(name), now.get(name), `${field}[${name}]`),
    )
  }
  if (stringifyJson(before ?? null) === stringifyJson(after ?? null)) return []
  return [{field, before: shown(before, field), after: shown(after, field)}]
}

/** What is no JSON is the text that it is, what is no text its bytes. */
function decoded(value: Uint8Array | null): unknown {
  if (value === null) return null
  try {
    return decodeRecord(value)
  } catch {
    const text = new TextDecoder().decode(value)
    return Buffer.from(text).equals(value) ? text : `base64:${Buffer.from(value).toString('base64')}`
  }
}

/** The elements of a list by what names them; null where not every one is named, or two have one name. */
function byName(list: unknown): ReadonlyMap<string, unknown> | null {
  if (!Array.isArray(list) || list.length === 0) return null
  const named = new Map<string, unknown>()
  for (const element of list) {
    if (!isObject(element)) return null
    const name = element.id ?? element.name
    if (name === undefined || named.has(String(name))) return null
    named.set(String(name), element)
  }
  return named
}

function shown(value: unknown, field: string): unknown {
  if (value === undefined || value === null) return null
  if (isPassword(field)) return '(hidden)'
  if (Array.isArray(value)) return value.map((element) => shown(element, ''))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shown(inner, name)]))
}

function isPassword(field: string): boolean {
  return /password[^.]*$/i.test(field)
}

function join(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`
}

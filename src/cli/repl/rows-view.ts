import type {Listing} from '../../admin/listing.js'
import {jsonText} from '../json-text.js'
import {type Result, shown, type View} from '../view.js'

/** A result out of values that no command made: objects by their fields, anything else as itself. */
export function resultOf(
  values: readonly unknown[],
  {fields = fieldsOf(values), ...listing}: Partial<Listing<unknown>> & {readonly fields?: readonly string[]} = {},
): Result<unknown> {
  return shown({source: null, warnings: [], ...listing, rows: values}, viewOf(fields))
}

function fieldsOf(values: readonly unknown[]): string[] {
  return [...new Set(values.flatMap((value) => (isRow(value) ? Object.keys(value) : [])))]
}

function viewOf(fields: readonly string[]): View<unknown> {
  if (fields.length === 0) return {columns: {value: {get: (value) => value}}, name: valueText}
  const naming = ['id', 'name'].find((field) => fields.includes(field)) ?? fields[0] ?? ''
  const get = (value: unknown, field: string) => (isRow(value) ? value[field] : undefined)
  return {
    columns: Object.fromEntries(fields.map((field) => [field.toLowerCase(), {get: (value) => get(value, field)}])),
    name: (value) => valueText(get(value, naming)),
  }
}

export function valueText(value: unknown): string {
  return typeof value === 'object' && value !== null ? jsonText(value) : String(value ?? '')
}

export function isRow(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

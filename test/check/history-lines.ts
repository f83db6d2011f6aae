/** Histories on disk: one JSON object a line, in the order of the history, so that a failing run can be judged again. */
import {spaceId} from '../../src/entity/ids.js'
import type {History, Operation, Position} from './history.js'

export function toLines(history: History): string {
  return history.map((operation) => `${JSON.stringify(toRecord(operation))}\n`).join('')
}

/** Throws on a line that is no operation, with its number. A last line without a newline is read like any other. */
export function fromLines(text: string): History {
  return text.split('\n').flatMap((line, position) => {
    if (line.trim() === '') return []
    try {
      return [fromRecord(JSON.parse(line))]
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`line ${position + 1} of the history: ${detail}`, {cause})
    }
  })
}

function toRecord({key, position, ...rest}: Operation): object {
  return {space: key.spaceId, id: key.id, ...rest, ...(position ?? {})}
}

function fromRecord(record: unknown): Operation {
  if (typeof record !== 'object' || record === null) throw new Error('not an object')
  const fields = new Map<string, unknown>(Object.entries(record))
  return {
    client: take(fields, 'client', isString),
    key: {spaceId: spaceId(take(fields, 'space', isNumber)), id: take(fields, 'id', isString)},
    kind: take(fields, 'kind', oneOf('upsert', 'get', 'delete')),
    value: take(fields, 'value', isStringOrNull),
    invokedAt: take(fields, 'invokedAt', isNumber),
    returnedAt: take(fields, 'returnedAt', isNumberOrNull),
    outcome: take(fields, 'outcome', oneOf('ok', 'rejected', 'unknown')),
    position: takePosition(fields),
  }
}

function takePosition(fields: ReadonlyMap<string, unknown>): Position | null {
  if (!fields.has('term') && !fields.has('index')) return null
  return {term: take(fields, 'term', isNumber), index: take(fields, 'index', isNumber)}
}

type Guard<T> = (value: unknown) => value is T

function take<T>(fields: ReadonlyMap<string, unknown>, name: string, guard: Guard<T>): T {
  const value = fields.get(name)
  if (!guard(value)) throw new Error(`${name} is ${JSON.stringify(value)}`)
  return value
}

const isString = (value: unknown): value is string => typeof value === 'string'
const isNumber = (value: unknown): value is number => typeof value === 'number'
const isStringOrNull = (value: unknown): value is string | null => value === null || isString(value)
const isNumberOrNull = (value: unknown): value is number | null => value === null || isNumber(value)

function oneOf<const Names extends readonly string[]>(...names: Names): Guard<Names[number]> {
  return (value): value is Names[number] => names.some((name) => name === value)
}

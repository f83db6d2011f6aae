/**
 * JSON that keeps 64-bit integers: what does not fit a double comes back as a bigint, and a bigint is written as digits.
 *
 * Most texts hold no such number, so the built-in parser does the work unless a run of digits long enough is in sight.
 */
import {parse, stringify} from 'lossless-json'

/** Where an integer of 16 digits or more may stand. What only looks like one is parsed more slowly, and right all the same. */
const longInteger = /(?:^|[:,[\s-])\d{16,}(?![\d.eE])/

/** Throws SyntaxError. */
export function parseJson(text: string): unknown {
  if (!longInteger.test(text)) return JSON.parse(text)
  return parse(text, undefined, {parseNumber})
}

function parseNumber(digits: string): number | bigint {
  const value = Number(digits)
  return Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(digits) ? BigInt(digits) : value
}

export function stringifyJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown
    return stringify(value) ?? 'null'
  }
}

/** The field that the object itself has: names come from outside, and every object inherits a `constructor`. */
export function ownField(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

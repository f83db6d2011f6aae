/**
 * A JSON value as the number that a field of some type holds, in documents and in filters alike. Each reader throws
 * RangeError, saying why the value is none.
 */
import {parseDate} from './date.js'

const int32 = {min: -(2 ** 31), max: 2 ** 31 - 1}
const int64 = {min: -(2n ** 63n), max: 2n ** 63n - 1n}
const nanosPerSecond = 1_000_000_000n

export function readInt(value: unknown): number {
  const integer = typeof value === 'bigint' ? Number(value) : value
  if (typeof integer !== 'number' || !Number.isInteger(integer)) throw new RangeError('it is not an integer')
  if (integer < int32.min || integer > int32.max) throw new RangeError('it does not fit 32 bits')
  return integer
}

export function readLong(value: unknown): bigint {
  if (typeof value === 'bigint') return within64Bits(value)
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new RangeError('it is not an integer')
  return within64Bits(BigInt(value))
}

export function readDouble(value: unknown): number {
  const double = typeof value === 'bigint' ? Number(value) : value
  if (typeof double !== 'number') throw new RangeError('it is not a number')
  if (!Number.isFinite(double)) throw new RangeError('it is not finite')
  return double
}

/** As the field holds it: rounded to 32 bits. */
export function readFloat(value: unknown): number {
  const rounded = Math.fround(readDouble(value))
  if (!Number.isFinite(rounded)) throw new RangeError('it does not fit a 32-bit float')
  return rounded
}

/** Nanoseconds since the epoch, from whole seconds or from a date in words. */
export function readDate(value: unknown): bigint {
  if (typeof value !== 'string') return within64Bits(readLong(value) * nanosPerSecond)
  const nanos = parseDate(value)
  if (nanos === null) throw new RangeError(`unable to parse date: ${value}`)
  return within64Bits(nanos)
}

function within64Bits(value: bigint): bigint {
  if (value < int64.min || value > int64.max) throw new RangeError('it does not fit 64 bits')
  return value
}

/**
 * Numbers as fixed-width hexadecimal text that sorts as they do.
 *
 * Integers of 64 bits: zvec takes them as JavaScript numbers only, which end at 2^53. Fractions: zvec compares them with
 * denormals flushed to zero, and parses their literals by rules of its own; as text they are exact.
 */
const view = new DataView(new ArrayBuffer(8))
const sign64 = 1n << 63n
const sign32 = 0x8000_0000

export function encodeLong(value: bigint): string {
  return hex(BigInt.asUintN(64, value ^ sign64), 16)
}

export function decodeLong(digits: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${digits}`) ^ sign64)
}

/** Positive numbers sort by their bits; of negative ones, the larger bits are the smaller number. */
export function encodeDouble(value: number): string {
  view.setFloat64(0, positiveZero(value))
  const negative = view.getUint8(0) >= 0x80
  const high = negative ? ~view.getUint32(0) : view.getUint32(0) | sign32
  const low = negative ? ~view.getUint32(4) : view.getUint32(4)
  return hex(high >>> 0, 8) + hex(low >>> 0, 8)
}

export function decodeDouble(digits: string): number {
  const [high, low] = [Number.parseInt(digits.slice(0, 8), 16), Number.parseInt(digits.slice(8), 16)]
  const negative = high < sign32
  view.setUint32(0, negative ? ~high : high ^ sign32)
  view.setUint32(4, negative ? ~low : low)
  return view.getFloat64(0)
}

export function encodeFloat(value: number): string {
  view.setFloat32(0, positiveZero(value))
  const bits = view.getUint32(0)
  return hex((bits >= sign32 ? ~bits : bits | sign32) >>> 0, 8)
}

export function decodeFloat(digits: string): number {
  const bits = Number.parseInt(digits, 16)
  view.setUint32(0, bits < sign32 ? ~bits : bits ^ sign32)
  return view.getFloat32(0)
}

/** Zero has two signs and is one number. */
function positiveZero(value: number): number {
  return value === 0 ? 0 : value
}

function hex(value: number | bigint, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

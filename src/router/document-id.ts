/** The `_id` of a document as the client wrote it, or a new one (data-plane spec §2.4). */
import {Buffer} from 'node:buffer'
import type {Random} from '../env/random.js'
import {paramError} from '../errors/coded-error.js'

const idBytesMax = 65_535

/** Null where the document gets an id of its own. Throws PARAM_ERROR. */
export function readDocumentId(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null
  if (typeof value === 'string') return wholeText(value)
  if (typeof value === 'number') return plainDecimal(value)
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  throw paramError(`field[_id] value mismatch, value:[${JSON.stringify(value)}] type:[STRING]`)
}

/** A random signed 64-bit integer: what Vearch's XOR of the two halves of the MD5 of a random UUID comes to. */
export function newDocumentId(random: Random): string {
  return Buffer.from(random.bytes(8)).readBigInt64BE().toString()
}

/** As UTF-8 will hold it everywhere after this: a lone surrogate has no bytes and becomes U+FFFD. */
function wholeText(id: string): string {
  if (id.length * 3 > idBytesMax && Buffer.byteLength(id) > idBytesMax) {
    throw paramError(`string field _id length should less than ${idBytesMax}`)
  }
  return /\p{Cs}/u.test(id) ? Buffer.from(id).toString() : id
}

/** Without an exponent, as Go's `cast.ToString` writes numbers. */
function plainDecimal(value: number): string {
  const text = String(value)
  const [mantissa = '', exponent] = text.split('e')
  if (exponent === undefined) return text
  if (Number(exponent) > 0) return BigInt(value).toString()
  const [sign, whole = '', fraction = ''] = /^(-?)(\d)(?:\.(\d+))?$/.exec(mantissa)?.slice(1) ?? []
  return `${sign}0.${'0'.repeat(-Number(exponent) - 1)}${whole}${fraction}`
}

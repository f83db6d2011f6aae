/**
 * A file that only who has its passphrase can read, and nobody can change unseen: AES-256-GCM, the key by scrypt.
 *
 * The first line is JSON and says how the rest is to be opened; it is part of what the seal protects. The seal is the last 16 bytes.
 */
import {Buffer} from 'node:buffer'
import {createCipheriv, createDecipheriv, scryptSync} from 'node:crypto'
import type {Random} from '../../env/random.js'
import {CodedError} from '../../errors/coded-error.js'

export const sealedFormat = 'vearchctl/sealed/v1'

interface Header {
  readonly format: typeof sealedFormat
  /** scrypt's cost. */
  readonly n: number
  readonly r: number
  readonly p: number
  /** Base64, as what follows. */
  readonly salt: string
  readonly iv: string
}

const cost = {n: 32_768, r: 8, p: 1} as const
/** A file that asks for more is not ours, or is meant to exhaust who opens it. */
const costMax = 1_048_576
const saltBytes = 16
const ivBytes = 12
const keyBytes = 32
const sealBytes = 16
const newline = 0x0a

export function sealed(content: Uint8Array, passphrase: string, random: Pick<Random, 'bytes'>): Buffer {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  const header: Header = {
    format: sealedFormat,
    ...cost,
    salt: base64(random.bytes(saltBytes)),
    iv: base64(random.bytes(ivBytes)),
  }
  const line = Buffer.from(`${JSON.stringify(header)}\n`)
  const cipher = createCipheriv('aes-256-gcm', keyOf(header, passphrase), Buffer.from(header.iv, 'base64'))
  cipher.setAAD(line)
  return Buffer.concat([line, cipher.update(content), cipher.final(), cipher.getAuthTag()])
}

export function isSealed(bytes: Uint8Array): boolean {
  const opening = `{"format":"${sealedFormat}"`
  return Buffer.from(bytes.subarray(0, opening.length)).toString('latin1') === opening
}

/** Errors: DATA_CORRUPT where its first line is none of ours; AUTHENTICATION_FAILED for another passphrase, or a changed file. */
export function unsealed(bytes: Uint8Array, passphrase: string): Buffer {
  const end = bytes.indexOf(newline) + 1
  const line = Buffer.from(bytes.subarray(0, end))
  const header = headerIn(line)
  const decipher = createDecipheriv('aes-256-gcm', keyOf(header, passphrase), Buffer.from(header.iv, 'base64'), {
    authTagLength: sealBytes,
  })
  try {
    decipher.setAAD(line)
    decipher.setAuthTag(bytes.subarray(-sealBytes))
    return Buffer.concat([decipher.update(bytes.subarray(end, -sealBytes)), decipher.final()])
  } catch (cause) {
    throw new CodedError('AUTHENTICATION_FAILED', 'the passphrase is another one, or the file was changed', {cause})
  }
}

function headerIn(line: Buffer): Header {
  try {
    const {format, n, r, p, salt, iv} = JSON.parse(line.toString()) as Header
    const isOurs = format === sealedFormat && n * r * p <= costMax && Buffer.from(iv, 'base64').length === ivBytes
    if (isOurs && typeof salt === 'string') return {format, n, r, p, salt, iv}
  } catch {
    // told below
  }
  throw new CodedError('DATA_CORRUPT', 'its first line does not say how to open it')
}

function keyOf({n, r, p, salt}: Header, passphrase: string): Buffer {
  const options = {N: n, r, p, maxmem: 256 * n * r}
  return scryptSync(passphrase.normalize('NFC'), Buffer.from(salt, 'base64'), keyBytes, options)
}

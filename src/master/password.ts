/**
 * Passwords at rest: `scrypt$N$r$p$salt$hash`, salt and hash in base64.
 *
 * A value without that prefix is the plain text that a real Vearch stored; it is still accepted. Hashing costs some 50 ms
 * and 16 MiB of memory on a thread that disk calls share, so only few run at once and a long line is refused.
 */
import {Buffer} from 'node:buffer'
import {createHash, scrypt, timingSafeEqual} from 'node:crypto'
import type {Random} from '../env/random.js'
import {CodedError} from '../errors/coded-error.js'

interface Cost {
  readonly N: number
  readonly r: number
  readonly p: number
}

const cost: Cost = {N: 16_384, r: 8, p: 1}
const saltBytes = 16
const hashBytes = 32
/** Bounds on what a stored record may make us compute. */
const memoryBytesMax = 64 * 1024 * 1024
const passMax = 16
const concurrentMax = 2
const waitingMax = 256

export class PasswordHasher {
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(private readonly random: Random) {}

  async hash(password: string): Promise<string> {
    const salt = Buffer.from(this.random.bytes(saltBytes))
    const hash = await this.#derive(password, salt, cost, hashBytes)
    return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64'), hash.toString('base64')].join('$')
  }

  async verify(password: string, stored: string): Promise<boolean> {
    const parsed = parseHash(stored)
    if (parsed === null) return equalInConstantTime(password, stored)
    return timingSafeEqual(await this.#derive(password, parsed.salt, parsed.cost, parsed.hash.length), parsed.hash)
  }

  async #derive(password: string, salt: Buffer, {N, r, p}: Cost, bytes: number): Promise<Buffer> {
    await this.#enter()
    try {
      return await new Promise((resolve, reject) => {
        scrypt(password, salt, bytes, {N, r, p, maxmem: 2 * memoryBytesMax}, (error, key) =>
          error === null ? resolve(key) : reject(error),
        )
      })
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }

  #enter(): Promise<void> {
    if (this.#running < concurrentMax) {
      this.#running++
      return Promise.resolve()
    }
    if (this.#waiting.length >= waitingMax) {
      throw new CodedError('SERVICE_UNAVAILABLE', 'too many passwords are being checked', {retryable: true})
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

interface ParsedHash {
  readonly cost: Cost
  readonly salt: Buffer
  readonly hash: Buffer
}

/** Null for what is no hash of ours, and so a plain password. */
function parseHash(stored: string): ParsedHash | null {
  const match = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([A-Za-z0-9+/]+=*)\$([A-Za-z0-9+/]+=*)$/.exec(stored)
  if (match === null) return null
  const [, N = '', r = '', p = '', salt = '', hash = ''] = match
  const parsed = {N: Number(N), r: Number(r), p: Number(p)}
  const isPowerOfTwo = parsed.N > 1 && Number.isInteger(Math.log2(parsed.N))
  if (!isPowerOfTwo || parsed.r < 1 || parsed.p < 1 || parsed.p > passMax) return null
  if (128 * parsed.N * parsed.r > memoryBytesMax) return null
  return {cost: parsed, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64')}
}

/** Tells nothing about where two secrets differ, nor of their lengths. */
export function equalInConstantTime(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(left), digest(right))
}

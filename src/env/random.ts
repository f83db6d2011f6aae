import {Buffer} from 'node:buffer'
import {randomBytes, randomInt} from 'node:crypto'

export interface Random {
  /** A uniform integer in [0, bound), bound at most 2^48. */
  below(bound: number): number
  bytes(count: number): Uint8Array
}

/** A call of the system's generator costs 15 µs, whatever it returns: small requests share one. */
const poolBytes = 4_096
let pool = Buffer.alloc(0)

export const systemRandom: Random = {
  below: (bound) => randomInt(bound),
  bytes(count) {
    if (count > poolBytes / 16) return randomBytes(count)
    if (pool.length < count) pool = randomBytes(poolBytes)
    const taken = Uint8Array.from(pool.subarray(0, count))
    pool = pool.subarray(count)
    return taken
  },
}

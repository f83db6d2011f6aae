import {randomBytes, randomInt} from 'node:crypto'

export interface Random {
  /** A uniform integer in [0, bound), bound at most 2^48. */
  below(bound: number): number
  bytes(count: number): Uint8Array
}

export const systemRandom: Random = {
  below: (bound) => randomInt(bound),
  bytes: (count) => randomBytes(count),
}

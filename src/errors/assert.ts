/**
 * A broken invariant is a bug, not an error to handle: the replica or the process that meets one stops.
 */
export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant'
}

/** Assertions stay on in production. */
export function assert(claim: boolean, invariant: string): asserts claim {
  if (!claim) throw new BrokenInvariant(invariant)
}

/** For the default branch of a switch that must be exhaustive. */
export function unreachable(value: never): never {
  throw new BrokenInvariant(`unexpected value ${JSON.stringify(value)}`)
}

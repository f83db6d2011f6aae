/**
 * Planted bugs: each is a few characters changed in a copy of the compiled code, never in the sources, and each breaks a promise.
 * What finds none of them proves nothing about the code it finds no bugs in.
 *
 * Read in this order: this; `planted.ts` and the lists it names (the bugs); `apply.ts` (a copy with one of them); `hunt.ts`
 * (seeds until a judge objects).
 *
 * Measured with the plans that aim and then seeds of 40 virtual seconds: all 46 are found, 44 of them by the first run, the others
 * by the second and the seventh. With seeds of 90 seconds alone, and no plan, 44 of 45 were found within 200, 38 within seven.
 */
import type {PromiseName} from '../oracle/oracle.js'

/** `find` must be in the file exactly once: code that has moved on makes the mutant stale, and a test says so. */
export interface Edit {
  /** Below `src`, compiled: ends in `.js`. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

export interface Mutant {
  readonly name: string
  /** Mostly one. Where an assertion stands between the bug and its harm, it is taken out as well. */
  readonly edits: readonly Edit[]
  readonly promiseBroken: PromiseName
  /**
   * The test that finds it where the simulator cannot: because no run comes by the place. Absent where the simulator must.
   */
  readonly foundBy?: string
  /** On the shelf: the plan that aims at it, played before any seed. Chance comes by such a place too seldom to wait for. */
  readonly plan?: string
}

export function mutant(
  name: string,
  promiseBroken: PromiseName,
  file: string,
  find: string,
  replace: string,
  more: Pick<Mutant, 'foundBy' | 'plan'> = {},
): Mutant {
  return {name, promiseBroken, edits: [{file, find, replace}], ...more}
}

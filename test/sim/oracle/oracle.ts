/**
 * The judges. Each file here holds the cluster to one promise of reliability.md §3, and sees nothing but the observations
 * of the world and what the clients saw.
 *
 * - `see` is told everything in order, and answers at once with what a promise forbids: a run stops at the first finding,
 *   near its cause. `end` judges what can only be judged of a whole run.
 * - A finding is always a fault. What a judge cannot decide it does not accuse.
 * - Judges keep what they need to remember and nothing else; none looks at another's findings.
 *
 * Whose promises are judged elsewhere: P13 (SIGTERM) and P14 (formats) need real processes and real files.
 */
import type {Evidence, Observation} from '../observation.js'

export type PromiseName = 'P1' | 'P2' | 'P3' | 'P4' | 'P5' | 'P6' | 'P7' | 'P8' | 'P9' | 'P10' | 'P11' | 'P12'

export interface Finding {
  readonly promise: PromiseName
  readonly rule: string
  /** For people: who and what, on as many lines as it takes. */
  readonly detail: string
}

export interface Oracle {
  see?(observation: Observation): Finding[]
  end?(evidence: Evidence): Finding[]
}

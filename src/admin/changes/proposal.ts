/**
 * What a command is going to change, before it does: worked out from a reading, shown, approved, and only then given to the
 * writer. A dry run ends with it. (A `Plan`, in `plan/`, is more: steps for days, which are kept and resumed; each of its runs
 * is proposed like this.)
 */
import {CodedError} from '../../errors/coded-error.js'
import type {Listing} from '../listing.js'

export interface ProposedStep {
  /** In words: `raise sequence partition to 90`. */
  readonly step: string
  /** The metadata key, or the master's route, that changes. */
  readonly subject: string
  readonly before: unknown
  readonly after: unknown
}

/** Why a change had better not be made, and the name by which it is made all the same (`--force=quorum`). */
export interface Objection {
  readonly guard: string
  readonly reason: string
}

export interface Proposal {
  /** The command, for the journal: `ids bump`. */
  readonly action: string
  readonly steps: readonly ProposedStep[]
  readonly objections: readonly Objection[]
  /** Destroys what cannot be brought back: a protected context wants its cluster's name typed. */
  readonly isDestructive: boolean
  /** False where the command line asks for just this, in so many words. */
  readonly needsApproval: boolean
}

export function proposal(action: string, steps: readonly ProposedStep[], rest: Partial<Proposal> = {}): Proposal {
  return {action, steps, objections: [], isDestructive: false, needsApproval: true, ...rest}
}

/** Those that `forced` does not name. */
export function standingObjections({objections}: Proposal, forced: readonly string[]): readonly Objection[] {
  return objections.filter(({guard}) => !forced.includes(guard))
}

/** Errors: GUARD_FAILED. */
export function overrule(proposal: Proposal, forced: readonly string[]): void {
  const standing = standingObjections(proposal, forced)
  if (standing.length === 0) return
  const guards = [...new Set(standing.map(({guard}) => `--force=${guard}`))]
  throw new CodedError('GUARD_FAILED', standing.map(({reason}) => reason).join('; '), {
    hint: `to do it all the same: ${guards.join(' ')}`,
  })
}

/** What a dry run answers. */
export function proposalListing(proposal: Proposal, forced: readonly string[]): Listing<ProposedStep> {
  const warnings = standingObjections(proposal, forced).map(
    ({guard, reason}) => `would be refused: ${reason} (--force=${guard})`,
  )
  return {rows: proposal.steps, source: null, warnings, exit: warnings.length === 0 ? 'ok' : 'guardFailed'}
}

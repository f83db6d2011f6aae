/** A leader's proposals between their place in the log and their fate. */
import type {NodeId} from '../../entity/ids.js'
import {CodedError} from '../../errors/coded-error.js'
import type {Entry} from '../../raft/entry.js'
import type {ChangeProposalRefusal, ProposalRefusal} from '../../raft/proposal.js'

interface Proposal<Result> {
  readonly term: number
  resolve(result: Result): void
  reject(error: CodedError): void
}

export class Proposals<Result> {
  readonly #byIndex = new Map<number, Proposal<Result>>()

  get size(): number {
    return this.#byIndex.size
  }

  /** Resolves with the command's result once it is applied here. Rejects, outcome `unknown`, when this node can not tell. */
  wait(position: {readonly index: number; readonly term: number}): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#byIndex.set(position.index, {term: position.term, resolve, reject})
    })
  }

  /** An entry that is applied at a proposal's place is the proposal only if it is of the same term. */
  settle(entries: readonly Entry[], results: readonly Result[]): void {
    for (const [at, {index, term}] of entries.entries()) {
      const proposal = this.#byIndex.get(index)
      if (proposal === undefined) continue
      this.#byIndex.delete(index)
      if (proposal.term === term) proposal.resolve(results[at] as Result)
      else proposal.reject(new CodedError('PARTITION_NOT_LEADER', 'another entry took its place', {retryable: true}))
    }
  }

  /** Whether they come to be is for another leader to decide. */
  abandon(error: CodedError): void {
    for (const {reject} of this.#byIndex.values()) reject(error)
    this.#byIndex.clear()
  }
}

/** Why a proposal did not get a place in the log: rejected, and worth another try save where it is itself at fault. */
export function refusalOf(
  reason: ProposalRefusal | ChangeProposalRefusal,
  detail: string,
  leader: NodeId | null,
): CodedError {
  switch (reason) {
    case 'another node leads':
      return new CodedError('PARTITION_NOT_LEADER', detail, {retryable: true, facts: {leader}})
    case 'there is no leader':
    case 'leadership is being handed over':
      return new CodedError('PARTITION_NO_LEADER', detail, {retryable: true})
    case 'too much is uncommitted':
      return new CodedError('PARTITION_RESOURCE_EXHAUSTED', detail, {retryable: true})
    default:
      return new CodedError('GUARD_FAILED', detail)
  }
}

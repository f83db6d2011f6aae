import {CodedError} from '../../errors/coded-error.js'
import type {GuardedWriter} from '../changes/guarded-writer.js'
import type {Session} from '../session/session.js'
import {planJournal} from './apply-plan.js'
import type {Step} from './plan.js'
import type {PlanHistory} from './plan-journal.js'

/** Whoever applies it stops before its next step; what the masters have begun of this one, they take back if they still can. */
export async function cancelPlan(session: Session, writer: GuardedWriter, history: PlanHistory): Promise<PlanHistory> {
  const {plan, done, state, events} = history
  if (state === 'applied')
    throw new CodedError('GUARD_FAILED', `plan ${plan.id} is applied`, {hint: 'nothing is left to cancel'})
  const begun = events.some(({event, step}) => event === 'begun' && step === done)
  const partition = begun ? partitionOf(plan.steps[done]) : null
  if (partition !== null) {
    const path = `/schedule/replica_changes/${partition}`
    const masters = await session.masters()
    await writer.request({action: `plan cancel ${plan.id}`, request: `DELETE ${path}`}, () =>
      masters.call('DELETE', path).catch(ignoreEnded),
    )
  }
  const journal = await planJournal(session)
  await journal.keep(plan)
  const at = new Date(session.env.clock.wallMs()).toISOString()
  await journal.record(plan.id, {at, event: 'cancelled', step: done})
  return journal.read(plan.id)
}

function partitionOf(step: Step | undefined): number | null {
  return step !== undefined && 'partition' in step && step.do !== 'transferLeader' ? step.partition : null
}

/** There is no change under way, or it is past the point where it could be taken back. */
function ignoreEnded(thrown: unknown): void {
  const isRefusal =
    thrown instanceof CodedError && thrown.outcome === 'rejected' && thrown.errorName !== 'SERVICE_UNAVAILABLE'
  if (!isRefusal || thrown.errorName === 'AUTHENTICATION_FAILED') throw thrown
}

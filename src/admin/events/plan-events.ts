import type {Clock} from '../../env/clock.js'
import {type Catalogue, textOf} from '../messages/message.js'
import {stepMessage} from '../plan/plan.js'
import type {PlanEvent, PlanHistory, PlanJournal} from '../plan/plan-journal.js'
import type {ClusterEvent} from './cluster-event.js'

/** Plans are files of this machine, in which others write: they are read again this often. */
const everyMs = 1_000

export interface PlanEventOptions {
  readonly catalogue: Catalogue
  readonly clock: Pick<Clock, 'sleep'>
  readonly signal: AbortSignal
}

/** What becomes of plans from now on; ends when the signal is aborted. */
export async function* planEvents(
  journal: Pick<PlanJournal, 'list'>,
  {catalogue, clock, signal}: PlanEventOptions,
): AsyncGenerator<ClusterEvent> {
  const told = new Map<string, number>()
  for (const {plan, events} of await journal.list()) told.set(plan.id, events.length)
  while (!signal.aborted) {
    await clock.sleep(everyMs, signal).catch(() => {})
    if (signal.aborted) return
    for (const history of await journal.list()) {
      const {plan, events} = history
      for (const event of events.slice(told.get(plan.id) ?? 0)) yield planEvent(history, event, catalogue)
      told.set(plan.id, events.length)
    }
  }
}

function planEvent({plan}: PlanHistory, event: PlanEvent, catalogue: Catalogue): ClusterEvent {
  const step = plan.steps[event.step]
  const which =
    step === undefined ? '' : ` ${event.step + 1}/${plan.steps.length} ${textOf(stepMessage(step), catalogue)}`
  const change = `${event.event}${which}${whyOf(event)}`
  return {at: event.at, revision: null, kind: 'plan', subject: `plan ${plan.id} ${plan.action}`, change}
}

function whyOf(event: PlanEvent): string {
  if (event.event === 'failed') return `: ${event.reason} (${event.outcome})`
  return event.event === 'paused' && event.reason !== null ? `: ${event.reason}` : ''
}

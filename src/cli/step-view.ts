import {type Catalogue, textOf} from '../admin/messages/message.js'
import type {AppliedStep} from '../admin/plan/apply-plan.js'
import {type Plan, stepMessage} from '../admin/plan/plan.js'
import type {PlanEvent, PlanHistory} from '../admin/plan/plan-journal.js'
import type {View} from './view.js'

export function appliedView(catalogue: Catalogue): View<AppliedStep> {
  return {
    name: ({plan}) => plan,
    columns: {
      plan: {get: ({plan}) => plan},
      step: {get: ({step}) => step},
      does: {get: ({does}) => textOf(stepMessage(does), catalogue)},
      state: {get: ({state}) => state, tone: () => 'good'},
    },
  }
}

export const planHistoryView: View<PlanHistory> = {
  name: ({plan}) => plan.id,
  columns: {
    plan: {get: ({plan}) => plan.id},
    made: {get: ({plan}) => plan.madeAt},
    state: {
      get: ({state}) => state,
      tone: ({state}) => (state === 'applied' ? 'good' : state === 'failed' ? 'bad' : null),
    },
    done: {get: ({done, plan}) => `${done}/${plan.steps.length}`},
    action: {get: ({plan}) => plan.action},
    blocked: {get: ({plan}) => plan.blocked.length, wide: true},
  },
}

export function planText(history: PlanHistory, catalogue: Catalogue): string {
  const {plan, events, state, done} = history
  const steps = plan.steps.map(
    (step, at) => `${at < done ? 'x' : '-'} ${String(at + 1).padStart(2)} ${textOf(stepMessage(step), catalogue)}`,
  )
  return [
    `${plan.id}  ${plan.action}`,
    `cluster ${plan.cluster}, revision ${plan.revision}, made ${plan.madeAt}, ${state}, ${done} of ${plan.steps.length} steps done`,
    ...steps,
    ...blockedLines(plan, catalogue),
    ...events.flatMap(endLine),
    ...nextLines(history),
    '',
  ].join('\n')
}

/** Why a run ended before all was done. */
function endLine(event: PlanEvent): string[] {
  if (event.event === 'failed') return [`! step ${event.step + 1}: ${event.reason}`]
  if (event.event !== 'paused') return []
  return [`! before step ${event.step + 1}: ${event.reason ?? '--step'}`]
}

function nextLines({plan: {id}, state}: PlanHistory): string[] {
  switch (state) {
    case 'new':
      return [`next: vearchctl plan apply ${id}`]
    case 'paused':
    case 'failed':
    case 'cancelled':
      return [`next: vearchctl plan resume ${id}`]
    case 'running':
    case 'applied':
      return []
  }
}

export function blockedLines({blocked}: Plan, catalogue: Catalogue): string[] {
  return blocked.map((reason) => `blocked: ${textOf(reason, catalogue)}`)
}

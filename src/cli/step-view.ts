import {type Catalogue, textOf} from '../admin/messages/message.js'
import type {AppliedStep} from '../admin/plan/apply-plan.js'
import {type Plan, stepMessage} from '../admin/plan/plan.js'
import type {PlanHistory} from '../admin/plan/plan-journal.js'
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

export function planText({plan, events, state, done}: PlanHistory, catalogue: Catalogue): string {
  const steps = plan.steps.map((step, at) => `${at < done ? 'x' : '-'} ${textOf(stepMessage(step), catalogue)}`)
  const failures = events.flatMap((event) =>
    event.event === 'failed' ? [`! step ${event.step + 1}: ${event.reason}`] : [],
  )
  return [
    `${plan.id}  ${plan.action}`,
    `cluster ${plan.cluster}, revision ${plan.revision}, made ${plan.madeAt}, ${state}`,
    ...steps,
    ...blockedLines(plan, catalogue),
    ...failures,
    '',
  ].join('\n')
}

export function blockedLines({blocked}: Plan, catalogue: Catalogue): string[] {
  return blocked.map((reason) => `blocked: ${textOf(reason, catalogue)}`)
}

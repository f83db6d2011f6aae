import {isObject, parseJson} from '../../entity/json.js'
import {CodedError} from '../../errors/coded-error.js'
import type {Session} from '../session/session.js'
import {readText} from '../text-file.js'
import {planJournal} from './apply-plan.js'
import type {Plan} from './plan.js'
import type {PlanHistory} from './plan-journal.js'

/** By its id, or from a file that holds a plan as `plan show -o json` prints it. Errors: NOT_FOUND, PARAM_ERROR. */
export async function findPlan(session: Session, named: string): Promise<PlanHistory> {
  const journal = await planJournal(session)
  if (/^p[0-9a-f]+$/.test(named)) return journal.read(named)
  const plan = planIn(await readText(session.env.disk, named), named)
  return (await journal.find(plan.id)) ?? {plan, events: [], state: 'new', done: 0}
}

function planIn(text: string, path: string): Plan {
  const found = outermost(parsed(text))
  if (isObject(found) && found.kind === 'Plan' && Array.isArray(found.steps)) return found as unknown as Plan
  throw new CodedError('PARAM_ERROR', `${path} holds no plan`, {
    hint: 'a plan is what vearchctl plan show ID --json prints',
  })
}

/** The plan itself, or the answer of a command that shows one. */
function outermost(value: unknown): unknown {
  if (!isObject(value) || !Array.isArray(value.data)) return value
  const [first] = value.data
  return isObject(first) && isObject(first.plan) ? first.plan : first
}

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return null
  }
}

/**
 * Plans of this machine's operators, and carrying one out against a session's cluster: by its masters, who do the work and go on
 * with it if we are gone, and by the guarded writer.
 */
import {stringifyJson} from '../../entity/json.js'
import {CodedError} from '../../errors/coded-error.js'
import {Keys} from '../../meta/keys.js'
import type {GuardedWriter} from '../changes/guarded-writer.js'
import {type Proposal, proposal} from '../changes/proposal.js'
import type {Listing} from '../listing.js'
import {type Catalogue, textOf} from '../messages/message.js'
import {look} from '../picture/look.js'
import type {Session} from '../session/session.js'
import {type MasterCaller, MasterHands, type RecordWriter} from './master-hands.js'
import {type Plan, type Step, stepMessage} from './plan.js'
import {PlanJournal, planDirectory} from './plan-journal.js'
import {type RunParts, type RunResult, runPlan, type StepProgress} from './plan-run.js'

export async function planJournal({env, options, connections}: Session): Promise<PlanJournal> {
  return new PlanJournal(env.disk, planDirectory(options.stateDirectory, await connections.cluster()))
}

/** What a person is asked to agree to: the steps that are still to be done, or the next of them. */
export function proposalOf(plan: Plan, catalogue: Catalogue, {done = 0, stepsMax = plan.steps.length} = {}): Proposal {
  const open = plan.steps.slice(done, done + stepsMax)
  const steps = open.map((step) => ({
    step: textOf(stepMessage(step), catalogue),
    subject: subjectOf(step),
    before: step.do === 'writeRecord' ? step.before : null,
    after: step.do === 'writeRecord' ? step.after : null,
  }))
  return proposal(plan.action, steps, {isDestructive: open.some(isDestructive)})
}

function subjectOf(step: Step): string {
  if (step.do === 'writeRecord') return step.key
  return step.do === 'forgetNode' ? `node ${step.node}` : `partition ${step.partition}`
}

function isDestructive(step: Step): boolean {
  return step.do === 'removeReplica' || step.do === 'forgetNode' || (step.do === 'writeRecord' && step.after === null)
}

export interface AppliedStep {
  readonly plan: string
  /** From 1. */
  readonly step: number
  readonly does: Step
  readonly state: 'done'
}

export interface ApplyOptions extends Pick<RunParts, 'stepsMax' | 'stopsOnError'> {
  readonly catalogue: Catalogue
  onStep(progress: StepProgress): void
}

/** Begins, or goes on. Errors: that of the step which failed, with how to go on; GUARD_FAILED where the cluster has changed. */
export async function applyPlan(
  session: Session,
  writer: GuardedWriter,
  plan: Plan,
  {catalogue, ...options}: ApplyOptions,
): Promise<Listing<AppliedStep>> {
  const {env, signal} = session
  const result = await runPlan(plan, {
    journal: await planJournal(session),
    hands: await handsOf(session, writer, plan),
    look: () => look(session),
    clock: env.clock,
    signal,
    ...options,
  })
  if (result.error !== null) throw stopped(plan, result, result.error)
  const rows = plan.steps
    .slice(0, result.done)
    .map((does, at) => ({plan: plan.id, step: at + 1, does, state: 'done' as const}))
  return {
    rows,
    source: null,
    warnings: [...(result.state === 'paused' ? [] : plan.blocked), ...result.unmet].map((message) =>
      textOf(message, catalogue),
    ),
  }
}

function stopped(plan: Plan, {done, of}: RunResult, {errorName, detail, outcome}: CodedError): CodedError {
  return new CodedError(errorName, `plan ${plan.id}, after ${done} of ${of} steps: ${detail}`, {
    outcome,
    hint: `go on with it: vearchctl plan resume ${plan.id}`,
  })
}

/** A master may take as long as the session does: without being told it would give up sooner. */
async function handsOf(session: Session, writer: GuardedWriter, {action}: Plan): Promise<MasterHands> {
  const masters = await session.masters()
  const {timeoutMs} = session.options
  const caller: MasterCaller = {
    call: async (method, path, body) => {
      const request = `${method} ${path}${body === undefined ? '' : ` ${stringifyJson(body)}`}`
      const send = () => masters.call(method, `${path}?timeout=${timeoutMs}`, body)
      return (await writer.request({action, request}, send)).value.data
    },
  }
  const records: RecordWriter = {
    get: async (key) => (await session.readAnew()).get(key),
    apply: (of, changes) => writer.apply(of, changes),
  }
  return new MasterHands(caller, records, new Keys(await session.cluster()), action)
}

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
import {type Catalogue, type Message, say, textOf} from '../messages/message.js'
import {look} from '../picture/look.js'
import type {Session} from '../session/session.js'
import {type MasterCaller, MasterHands, type RecordWriter} from './master-hands.js'
import {type Plan, type Step, stepMessage} from './plan.js'
import {PlanJournal, planDirectory} from './plan-journal.js'
import {type RunParts, type RunResult, runPlan, type StepProgress} from './plan-run.js'
import {changeUnderWay, StepWaits, whenChangeEnds} from './step-waits.js'

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
  /** For all of it, whatever the session's own time; null: that. What is not done by then is named, and can be resumed. */
  readonly deadlineMs?: number | null
  /** Told what a step under way waits for. */
  onWait(message: Message): void
  onStep(progress: StepProgress): void
}

/** Begins, or goes on. Errors: that of the step which failed, with how to go on; GUARD_FAILED where the cluster has changed. */
export async function applyPlan(
  session: Session,
  writer: GuardedWriter,
  plan: Plan,
  {deadlineMs = null, ...options}: ApplyOptions,
): Promise<Listing<AppliedStep>> {
  const {timeoutMs} = session.options
  if (deadlineMs === null) return applied(session, writer, plan, {...options, timeoutMs})
  const late = new AbortController()
  return session.onItsOwnTime(async () => {
    const timer = session.env.clock.after(deadlineMs, () => late.abort())
    try {
      // a master that gave up first would make a failure of it
      return await applied(session, writer, plan, {
        ...options,
        timeoutMs: Math.ceil(deadlineMs + timeoutMs),
        late: late.signal,
      })
    } finally {
      timer.cancel()
    }
  })
}

interface RunOptions extends Omit<ApplyOptions, 'deadlineMs'>, Pick<RunParts, 'late'> {
  readonly timeoutMs: number
}

async function applied(
  session: Session,
  writer: GuardedWriter,
  plan: Plan,
  {catalogue, timeoutMs, onWait, onStep, ...options}: RunOptions,
): Promise<Listing<AppliedStep>> {
  const {env, signal} = session
  const waits = new StepWaits(session, onWait)
  const result = await runPlan(plan, {
    journal: await planJournal(session),
    hands: await handsOf(session, writer, plan, timeoutMs),
    look: () => look(session),
    clock: env.clock,
    signal,
    ...options,
    whenEnded: (step, until) => whenChangeEnds(session, step, until),
    onStep: (progress) => {
      const isUnderWay = progress.state === 'begun' || progress.state === 'awaited'
      waits.follow(isUnderWay ? progress.step : null)
      onStep(progress)
    },
  }).finally(() => waits.stop())
  if (result.error !== null) throw stopped(plan, result, result.error)
  const rows = plan.steps
    .slice(0, result.done)
    .map((does, at) => ({plan: plan.id, step: at + 1, does, state: 'done' as const}))
  const isLate = result.state === 'paused' && options.late?.aborted === true
  const open = isLate ? await openSteps(session, plan.steps.slice(result.done), catalogue) : []
  const warnings = [...open, ...(result.state === 'paused' ? [] : plan.blocked), ...result.unmet]
  const listing = {rows, source: null, warnings: warnings.map((each) => textOf(each, catalogue))}
  return isLate ? {...listing, exit: 'partial'} : listing
}

/** Those that a run whose time is over has not done. The first may be under way, if that can be told. */
async function openSteps(session: Session, steps: readonly Step[], catalogue: Catalogue): Promise<Message[]> {
  const [first] = steps
  const change = first === undefined ? null : await changeUnderWay(session, first).catch(() => null)
  return steps.map((step, at) => {
    const text = textOf(stepMessage(step), catalogue)
    if (at > 0 || change === null) return say('plan.open', {step: text})
    return say('plan.underWay', {step: text, at: change.step, waitsFor: change.waits_for || '–'})
  })
}

function stopped(plan: Plan, {done, of}: RunResult, {errorName, detail, outcome}: CodedError): CodedError {
  return new CodedError(errorName, `plan ${plan.id}, after ${done} of ${of} steps: ${detail}`, {
    outcome,
    hint: `go on with it: vearchctl plan resume ${plan.id}`,
  })
}

/** A master may take as long as the session does: without being told it would give up sooner. */
async function handsOf(
  session: Session,
  writer: GuardedWriter,
  {action}: Plan,
  timeoutMs: number,
): Promise<MasterHands> {
  const masters = await session.masters()
  const caller: MasterCaller = {
    call: async (method, path, body, signal) => {
      const request = `${method} ${path}${body === undefined ? '' : ` ${stringifyJson(body)}`}`
      const send = () => masters.call(method, `${path}?timeout=${timeoutMs}`, body, signal)
      return (await writer.request({action, request}, send)).value.data
    },
  }
  const records: RecordWriter = {
    get: async (key) => (await session.readAnew()).get(key),
    apply: (of, changes) => writer.apply(of, changes),
  }
  return new MasterHands(caller, records, new Keys(await session.cluster()), action)
}

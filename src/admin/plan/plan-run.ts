/**
 * Applies a plan: looks whether the cluster is still as the plan found it, then takes one step after the other, each written down
 * before and after, and at the end looks whether all came out as wanted.
 *
 * - A plan that was interrupted (a crash, a cancel, a failure) goes on with the first step that is not done. A step that may have
 *   happened is looked for before it is taken again.
 * - A cancel ends the run between two steps, or stops waiting for the one under way; the master finishes what it has begun. So does
 *   the end of the time that the run has.
 * - A step that fails ends the run, always: the steps after it were planned on what it would have done. A run may also end before
 *   all is done because no more steps were asked for, or because the cluster has got worse; the next one goes on.
 * - Nothing is taken back by itself: `undoPlan` makes a plan of it, to be looked at first.
 */
import type {ReplicaChange} from '../../entity/replica-change.js'
import type {Clock} from '../../env/clock.js'
import {CodedError, toCodedError} from '../../errors/coded-error.js'
import {examine} from '../doctor/doctor.js'
import {findingText} from '../doctor/finding.js'
import type {Message} from '../messages/message.js'
import type {ClusterPicture} from '../picture/picture.js'
import {carryOut, type Hands} from './hands.js'
import {inverseOf, type Plan, planId, type Step} from './plan.js'
import type {PlanEvent, PlanHistory, PlanJournal} from './plan-journal.js'
import {isDone, type StaleKey, staleKeys, unmet} from './progress.js'

export interface RunParts {
  readonly journal: PlanJournal
  readonly hands: Hands
  readonly look: () => Promise<ClusterPicture>
  readonly clock: Pick<Clock, 'wallMs' | 'sleep'>
  readonly signal: AbortSignal
  /** No more than so many steps, of those that are open. */
  readonly stepsMax?: number | undefined
  /** Between two steps the cluster is looked at: what is critical now and was not when the run began ends it. */
  readonly stopsOnError?: boolean
  /** The run's time is over when it is aborted: it is paused. */
  readonly late?: AbortSignal | undefined
  /** How a step ends that a master is at already; null where none is. Who goes on with a plan must not ask for it once more. */
  whenEnded?(step: Step, signal: AbortSignal): Promise<ReplicaChange['state'] | null>
  onStep?(progress: StepProgress): void
}

export interface StepProgress {
  readonly step: Step
  readonly at: number
  readonly of: number
  /** `awaited`: it may be under way since an earlier run. */
  readonly state: 'awaited' | 'begun' | 'done' | 'found done'
}

export interface RunResult {
  readonly state: 'applied' | 'paused' | 'cancelled' | 'failed'
  readonly done: number
  readonly of: number
  readonly error: CodedError | null
  /** What should be so and is not, though every step was done. */
  readonly unmet: readonly Message[]
}

/** A change takes a moment until all sources agree on it: what is critical is looked at again until then. */
const looksMax = 20
const lookEveryMs = 500

const lateReason = '--deadline'

/** Begins, or goes on. Errors: GUARD_FAILED where the cluster is not as the plan found it; then nothing was done. */
export async function runPlan(plan: Plan, parts: RunParts): Promise<RunResult> {
  const history = await parts.journal.keep(plan)
  if (history.state === 'applied')
    return {state: 'applied', done: history.done, of: plan.steps.length, error: null, unmet: []}
  const picture = await parts.look()
  refuseStale(history, picture)
  return new PlanRun(history, picture, parts).run()
}

/** Errors: GUARD_FAILED. */
export function refuseOtherCluster(plan: Plan, cluster: string): void {
  if (cluster === plan.cluster) return
  throw new CodedError('GUARD_FAILED', `the plan is for cluster ${plan.cluster}, this is ${cluster}`)
}

/** What has begun, and may have happened, is no condition any more. */
export function firstCondition({events, done}: PlanHistory): number {
  return events.some(({event, step}) => event === 'begun' && step === done) ? done + 1 : done
}

/** `changes`: what is no longer as the plan found it, in words. */
export function stalePlan(
  {plan, done}: PlanHistory,
  changes: readonly string[],
  facts: {readonly stale?: readonly StaleKey[]} = {},
): CodedError {
  return new CodedError(
    'GUARD_FAILED',
    `the cluster has changed since plan ${plan.id} was made: ${changes.join('; ')}`,
    {
      hint: `${done === 0 ? 'nothing' : `no more than ${done} of ${plan.steps.length} steps`} was done; make it again: vearchctl ${plan.action}`,
      facts,
    },
  )
}

function refuseStale(history: PlanHistory, {metadata}: ClusterPicture): void {
  const {plan} = history
  refuseOtherCluster(plan, metadata.keys.cluster)
  const stale = staleKeys(plan, metadata, firstCondition(history))
  if (stale.length === 0) return
  const changes = stale.map(
    ({key, modRevision, now}) => `${key} was at revision ${modRevision}, is ${now === 0 ? 'gone' : `at ${now}`}`,
  )
  throw stalePlan(history, changes, {stale})
}

class PlanRun {
  readonly #plan: Plan
  #criticalBefore: ReadonlySet<string> | null = null

  constructor(
    private readonly history: PlanHistory,
    private readonly picture: ClusterPicture,
    private readonly parts: RunParts,
  ) {
    this.#plan = history.plan
  }

  async run(): Promise<RunResult> {
    const {steps} = this.#plan
    const {signal, stepsMax = steps.length, stopsOnError = false, late} = this.parts
    const {done: first} = this.history
    for (let at = first; at < steps.length; at++) {
      const step = steps[at]
      if (step === undefined) break
      if (signal.aborted) return this.#cancelled(at)
      if (late?.aborted) return this.#paused(at, lateReason)
      if (at - first >= stepsMax) return this.#paused(at, null)
      const worse = stopsOnError && at > first ? await this.#whatIsWorse() : []
      if (worse.length > 0) return this.#worse(at, worse.join(', '))
      const error = await this.#take(step, at)
      if (error === null) continue
      if (late?.aborted && !signal.aborted) return this.#paused(at, lateReason)
      return signal.aborted ? this.#cancelled(at) : this.#ended('failed', at, error)
    }
    const failures = unmet(this.#plan, await this.parts.look())
    await this.#record({event: 'verified', step: steps.length})
    return {...this.#ended('applied', steps.length, null), unmet: failures}
  }

  async #take(step: Step, at: number): Promise<CodedError | null> {
    const of = this.#plan.steps.length
    const mayHaveHappened =
      at === this.history.done && this.history.events.some(({event, step: begun}) => event === 'begun' && begun === at)
    const {hands, signal, late} = this.parts
    const either = late === undefined ? signal : AbortSignal.any([signal, late])
    try {
      if (mayHaveHappened && (await this.#isDone(step, at, either))) {
        await this.#record({event: 'done', step: at})
        this.parts.onStep?.({step, at, of, state: 'found done'})
        return null
      }
    } catch (thrown) {
      return toCodedError(thrown)
    }
    await this.#record({event: 'begun', step: at})
    this.parts.onStep?.({step, at, of, state: 'begun'})
    try {
      await carryOut(step, hands, this.#revisionFor(step, at), either)
    } catch (thrown) {
      const error = toCodedError(thrown)
      if (!either.aborted) {
        await this.#record({event: 'failed', step: at, outcome: error.outcome, reason: error.message})
      }
      return error
    }
    await this.#record({event: 'done', step: at})
    this.parts.onStep?.({step, at, of, state: 'done'})
    return null
  }

  async #isDone(step: Step, at: number, signal: AbortSignal): Promise<boolean> {
    if (isDone(step, this.picture)) return true
    this.parts.onStep?.({step, at, of: this.#plan.steps.length, state: 'awaited'})
    return (await this.parts.whenEnded?.(step, signal)) === 'done'
  }

  /** Null in a plan that takes another back: it looks for the value that the other has written. */
  #revisionFor(step: Step, at: number): number | null {
    if (step.do !== 'writeRecord') return null
    return this.#plan.preconditions.find(({key, step: first}) => key === step.key && first === at)?.modRevision ?? null
  }

  async #whatIsWorse(): Promise<string[]> {
    const {look, clock, signal} = this.parts
    this.#criticalBefore ??= new Set(criticalIn(this.picture))
    for (let looks = 1; ; looks++) {
      const fresh = criticalIn(await look()).filter((text) => this.#criticalBefore?.has(text) === false)
      if (fresh.length === 0 || looks === looksMax || signal.aborted) return fresh
      await clock.sleep(lookEveryMs, signal).catch(() => {})
    }
  }

  async #paused(at: number, reason: string | null, error: CodedError | null = null): Promise<RunResult> {
    await this.#record({event: 'paused', step: at, reason})
    return this.#ended('paused', at, error)
  }

  #worse(at: number, reason: string): Promise<RunResult> {
    const error = new CodedError('GUARD_FAILED', `the cluster has got worse: ${reason}`, {hint: 'vearchctl doctor'})
    return this.#paused(at, reason, error)
  }

  async #cancelled(at: number): Promise<RunResult> {
    await this.#record({event: 'cancelled', step: at})
    const {id} = this.#plan
    const {errorName, outcome} = toCodedError(this.parts.signal.reason)
    const error = new CodedError(errorName, `cancelled after ${at} of ${this.#plan.steps.length} steps`, {
      outcome,
      hint: `resume with: vearchctl plan resume ${id}`,
    })
    return this.#ended('cancelled', at, error)
  }

  #ended(state: RunResult['state'], done: number, error: CodedError | null): RunResult {
    return {state, done, of: this.#plan.steps.length, error, unmet: []}
  }

  #record(event: UndatedEvent): Promise<void> {
    const at = new Date(this.parts.clock.wallMs()).toISOString()
    return this.parts.journal.record(this.#plan.id, {at, ...event} as PlanEvent)
  }
}

function criticalIn(picture: ClusterPicture): string[] {
  const {findings, muted} = examine(picture, {severity: 'critical'})
  return [...findings, ...muted].map(findingText)
}

type UndatedEvent = PlanEvent extends infer Event ? (Event extends PlanEvent ? Omit<Event, 'at'> : never) : never

/** A plan that takes back what was done of another, last first. Errors: GUARD_FAILED where a step cannot be taken back. */
export function undoPlan({plan, done}: PlanHistory, nowMs: number): Plan {
  const steps = plan.steps.slice(0, done).map((step) => {
    const inverse = inverseOf(step)
    if (inverse === null) throw new CodedError('GUARD_FAILED', `plan ${plan.id}: step ${step.do} cannot be taken back`)
    return inverse
  })
  const content = {
    apiVersion: plan.apiVersion,
    kind: plan.kind,
    action: `plan undo ${plan.id}`,
    cluster: plan.cluster,
    revision: plan.revision,
    preconditions: [],
    steps: steps.toReversed(),
    inverse: steps.toReversed().map(inverseOf),
    verify: [],
    blocked: [],
  }
  const {apiVersion, kind, ...rest} = content
  return {apiVersion, kind, id: planId(content), madeAt: new Date(nowMs).toISOString(), ...rest}
}

/**
 * What commands have in common that change a cluster step by step: the plan is made from a look at the cluster, kept in the journal of
 * plans, shown and agreed to, and then carried out: here, or by a process in the background. A dry run ends with the plan, which
 * `plan apply` finds by its id.
 */
import type {InferredFlags} from '@oclif/core/interfaces'
import type {GuardedWriter} from '../admin/changes/guarded-writer.js'
import {type Proposal, type ProposedStep, proposalListing} from '../admin/changes/proposal.js'
import {findingText} from '../admin/doctor/finding.js'
import {type Catalogue, say as message, textOf} from '../admin/messages/message.js'
import {look} from '../admin/picture/look.js'
import type {ClusterPicture} from '../admin/picture/picture.js'
import {type AppliedStep, type ApplyOptions, applyPlan, planJournal, proposalOf} from '../admin/plan/apply-plan.js'
import {changesUnder} from '../admin/plan/changes-under.js'
import {type ForcibleGuard, forcibleGuards} from '../admin/plan/guards.js'
import {type Plan, stepMessage} from '../admin/plan/plan.js'
import type {PlanHistory} from '../admin/plan/plan-journal.js'
import {firstCondition, refuseOtherCluster, stalePlan} from '../admin/plan/plan-run.js'
import {stringifyJson} from '../entity/json.js'
import {startDetached} from '../env/detached.js'
import {CodedError} from '../errors/coded-error.js'
import {BaseCommand} from './base-command.js'
import {carriedFlags, isOfTarget} from './carried-flags.js'
import {duration} from './duration-flag.js'
import {say} from './output.js'
import {boolean, integer} from './parameters/flags.js'
import type {Parameters} from './parameters/parse.js'
import {planView} from './plan-view.js'
import {appliedView, planHistoryView} from './step-view.js'
import {type Result, shown} from './view.js'

/** A replica is copied within this, or the command says how to go on. */
const planTimeoutMs = 600_000

export const deadlineFlag = duration({
  description: 'begin nothing after this, and name what is not done by then: exit code 8',
  helpValue: '30m',
})

/** Of the commands that carry out a plan which is there already. */
export const runFlags = {
  deadline: deadlineFlag,
  step: integer({min: 1, helpValue: 'N', description: 'only the next N steps that are open'}),
  'stop-on-error': boolean({
    description:
      'look at the cluster after each step, and stop if something critical is new, as vearchctl doctor finds it',
  }),
}

export abstract class PlanCommand<C extends Parameters> extends BaseCommand<C> {
  protected override timeoutMs = planTimeoutMs

  protected get forced(): readonly ForcibleGuard[] {
    const {force = []} = this.globals
    return forcibleGuards.filter((guard) => force.includes(guard))
  }

  protected runOptions({step, deadline, 'stop-on-error': stopsOnError}: InferredFlags<typeof runFlags>) {
    return {stopsOnError, deadlineMs: deadline ?? null, ...(step === undefined ? {} : {stepsMax: step})}
  }

  protected async propose(
    make: (picture: ClusterPicture) => Plan,
    options: Pick<CarryOutOptions, 'isDetached' | 'deadlineMs'> = {},
  ): Promise<Result<AppliedStep | ProposedStep | PlanHistory>> {
    const picture = await look(this.session)
    return this.carryOutPlan(make(picture), {picture, make, ...options})
  }

  /**
   * One plan with what is done when all of it is done: shown and asked about together. Errors: GUARD_FAILED where a part of it is
   * blocked; then nothing is done.
   */
  protected async proposeBefore<Row>(
    make: (picture: ClusterPicture) => Plan,
    picture: ClusterPicture,
    {proposal: rest, act}: Sequel<Row>,
  ): Promise<Result<Row> | Result<ProposedStep>> {
    const catalogue = await this.catalogue()
    const plan = make(picture)
    if (plan.blocked.length > 0) {
      const reasons = plan.blocked.map((reason) => textOf(reason, catalogue))
      throw new CodedError('GUARD_FAILED', reasons.join('; '), {hint: 'nothing was changed'})
    }
    if (plan.steps.length === 0) return this.carryOut(rest, act)
    await this.#keep(plan, picture)
    const first = proposalOf(plan, catalogue)
    const proposal = {...rest, steps: [...first.steps, ...rest.steps]}
    return this.carryOut(proposal, async (writer) => {
      await this.#settleChanges({plan, proposal, catalogue, make, since: plan.revision})
      await this.#apply(writer, plan, catalogue)
      return act(writer)
    })
  }

  protected async carryOutPlan(
    plan: Plan,
    {
      done = 0,
      isOnlyPlanned = this.globals['dry-run'],
      isDetached = false,
      picture,
      make,
      ...run
    }: CarryOutOptions = {},
  ): Promise<Result<AppliedStep | ProposedStep | PlanHistory>> {
    const catalogue = await this.catalogue()
    const blocked = plan.blocked.map((reason) => textOf(reason, catalogue))
    if (plan.steps.length === 0 && blocked.length > 0) {
      throw new CodedError('GUARD_FAILED', blocked.join('; '), {hint: 'nothing was changed'})
    }
    if (plan.steps.length > 0) await this.#keep(plan, picture)
    if (isOnlyPlanned) {
      say(this.words.wouldDo)
      if (plan.steps.length > 0) say(`vearchctl plan apply ${plan.id}`)
      const {rows, ...rest} = proposalListing(proposalOf(plan, catalogue, {done, ...run}), [])
      return shown({...rest, rows, warnings: blocked, exit: blocked.length > 0 ? 'partial' : 'ok'}, planView)
    }
    if (plan.steps.length === 0) return shown(nothing, appliedView(catalogue))
    for (const reason of blocked) say(`${this.words.warning}: ${reason}`)
    const proposal = proposalOf(plan, catalogue, {done, ...run})
    const asked = {plan, proposal, catalogue, make, since: plan.revision}
    // one that was made before is asked about as things are now
    const {revision: since} = picture === undefined ? await this.#tellChanges(asked) : plan
    const settle = () => this.#settleChanges({...asked, since})
    if (isDetached) {
      return this.carryOut(proposal, async () => {
        await settle()
        return this.#leaveToAnother(plan, run)
      }) as Promise<Result<PlanHistory>>
    }
    return this.carryOut(proposal, async (writer): Promise<Result<AppliedStep>> => {
      await settle()
      const applied = await this.#apply(writer, plan, catalogue, run)
      if (applied.rows.length < plan.steps.length) say(`vearchctl plan resume ${plan.id}`)
      return shown(applied, appliedView(catalogue))
    }) as Promise<Result<AppliedStep | ProposedStep>>
  }

  #apply(writer: GuardedWriter, plan: Plan, catalogue: Catalogue, run: RunOptions = {}) {
    return applyPlan(this.session, writer, plan, {
      catalogue,
      ...run,
      onWait: (waits) => say(`  ${textOf(waits, catalogue)}`),
      onStep: ({step, at, of, state}) => {
        if (state === 'begun') say(`${at + 1}/${of} ${textOf(stepMessage(step), catalogue)}`)
      },
    })
  }

  async #keep(plan: Plan, picture: ClusterPicture | undefined): Promise<void> {
    const journal = await planJournal(this.session)
    await journal.keep(plan)
    if (picture === undefined) return
    const {examine} = await import('../admin/doctor/doctor.js')
    const {findings, muted} = examine(picture)
    await journal.keepFindings(plan.id, [...findings, ...muted].map(findingText))
  }

  /**
   * A question may wait for minutes: what has changed meanwhile is told, and asked about once more. Errors: GUARD_FAILED where the
   * plan may not be applied any more; UNCONFIRMED.
   */
  async #settleChanges(asked: Asked): Promise<void> {
    const {plan, proposal, catalogue, make} = asked
    const isAsked = !this.globals.yes && this.globals.confirm === undefined
    let {since} = asked
    let {steps} = plan
    for (;;) {
      const told = await this.#tellChanges({...asked, since})
      const anew = isAsked && make !== undefined ? make(await look(this.session)).steps : steps
      const isOther = stringifyJson(anew) !== stringifyJson(steps)
      if (isOther) {
        const texts = anew.map((step) => textOf(stepMessage(step), catalogue))
        say(`${this.words.warning}: ${textOf(message('change.otherPlan', {steps: texts}), catalogue)}`)
      }
      if (!isAsked || (told.count === 0 && !isOther)) return
      await this.agree(proposal)
      since = told.revision
      steps = anew
    }
  }

  /** Of what has changed since that revision. Errors: GUARD_FAILED where the plan may not be applied any more. */
  async #tellChanges({plan, since, catalogue}: Omit<Asked, 'proposal'>): Promise<{count: number; revision: number}> {
    const {session} = this
    refuseOtherCluster(plan, await session.cluster())
    const history = await (await planJournal(session)).keep(plan)
    const journal = await (await session.journal()).changes(this.env.disk)
    const [then, now] = await Promise.all([session.readingAt(since), session.readAnew()])
    const {broken, notes} = await changesUnder(plan, {fromStep: firstCondition(history), then, now, journal})
    if (broken.length > 0) {
      throw stalePlan(
        history,
        broken.map((each) => textOf(each)),
      )
    }
    for (const each of notes) say(`${this.words.warning}: ${textOf(each, catalogue)}`)
    return {count: notes.length, revision: Math.max(since, now.revision)}
  }

  /** The plan is in the journal, so its progress can be looked at, and it can be cancelled and gone on with. */
  async #leaveToAnother({id}: Plan, {deadlineMs = null}: RunOptions): Promise<Result<PlanHistory>> {
    const carried = [...carriedFlags(this.globals, this.typedFlags)].filter(([name]) => goesAlong(name))
    const deadline = deadlineMs === null ? [] : ['--deadline', `${deadlineMs}ms`]
    startDetached(['plan', 'apply', id, '--yes', ...deadline, ...carried.flatMap(([, words]) => words)]).leave()
    say(`vearchctl plan show ${id}`)
    return shown(
      {rows: [await (await planJournal(this.session)).read(id)], source: null, warnings: []},
      planHistoryView,
    )
  }
}

/** What is done after a plan, if it finds that all came out as wanted. */
export interface Sequel<Row> {
  readonly proposal: Proposal
  act(writer: GuardedWriter): Promise<Result<Row>>
}

type RunOptions = Pick<ApplyOptions, 'stepsMax' | 'stopsOnError' | 'deadlineMs'>

interface CarryOutOptions extends RunOptions {
  readonly done?: number
  readonly isOnlyPlanned?: boolean
  /** A process in the background does it. */
  readonly isDetached?: boolean
  /** From which the plan was made just now, and how. */
  readonly picture?: ClusterPicture
  readonly make?: ((picture: ClusterPicture) => Plan) | undefined
}

/** Also the answer to what would be asked: it was agreed to here. */
function goesAlong(name: string): boolean {
  return isOfTarget(name) || name === 'confirm' || name === 'force'
}

/** A plan about which somebody is asked. */
interface Asked {
  readonly plan: Plan
  readonly proposal: Proposal
  readonly catalogue: Catalogue
  readonly make: CarryOutOptions['make']
  /** What has changed until this revision is known to them. */
  readonly since: number
}

const nothing = {rows: [], source: null, warnings: []}

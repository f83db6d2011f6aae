/**
 * What commands have in common that change a cluster step by step: the plan is made from a look at the cluster, kept in the journal of
 * plans, shown and agreed to, and then carried out: here, or by a process in the background. A dry run ends with the plan, which
 * `plan apply` finds by its id.
 */

import {type ProposedStep, proposalListing} from '../admin/changes/proposal.js'
import {findingText} from '../admin/doctor/finding.js'
import {textOf} from '../admin/messages/message.js'
import {look} from '../admin/picture/look.js'
import type {ClusterPicture} from '../admin/picture/picture.js'
import {type AppliedStep, applyPlan, planJournal, proposalOf} from '../admin/plan/apply-plan.js'
import {type ForcibleGuard, forcibleGuards} from '../admin/plan/guards.js'
import {type Plan, stepMessage} from '../admin/plan/plan.js'
import type {PlanHistory} from '../admin/plan/plan-journal.js'
import {startDetached} from '../env/detached.js'
import {CodedError} from '../errors/coded-error.js'
import {BaseCommand} from './base-command.js'
import {carriedFlags, isOfTarget} from './carried-flags.js'
import {say} from './output.js'
import type {Parameters} from './parameters/parse.js'
import {planView} from './plan-view.js'
import {appliedView, planHistoryView} from './step-view.js'
import {type Result, shown} from './view.js'

/** A replica is copied within this, or the command says how to go on. */
const planTimeoutMs = 600_000

export abstract class PlanCommand<C extends Parameters> extends BaseCommand<C> {
  protected override readonly timeoutMs = planTimeoutMs

  protected get forced(): readonly ForcibleGuard[] {
    const {force = []} = this.globals
    return forcibleGuards.filter((guard) => force.includes(guard))
  }

  protected async propose(
    make: (picture: ClusterPicture) => Plan,
    {isDetached = false} = {},
  ): Promise<Result<AppliedStep | ProposedStep | PlanHistory>> {
    const picture = await look(this.session)
    return this.carryOutPlan(make(picture), {picture, isDetached})
  }

  protected async carryOutPlan(
    plan: Plan,
    {done = 0, isOnlyPlanned = this.globals['dry-run'], isDetached = false, picture}: CarryOutOptions = {},
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
      const {rows, ...rest} = proposalListing(proposalOf(plan, catalogue, done), [])
      return shown({...rest, rows, warnings: blocked, exit: blocked.length > 0 ? 'partial' : 'ok'}, planView)
    }
    if (plan.steps.length === 0) return shown(nothing, appliedView(catalogue))
    for (const reason of blocked) say(`${this.words.warning}: ${reason}`)
    const proposal = proposalOf(plan, catalogue, done)
    if (isDetached) return this.carryOut(proposal, () => this.#leaveToAnother(plan)) as Promise<Result<PlanHistory>>
    return this.carryOut(proposal, async (writer): Promise<Result<AppliedStep>> => {
      const applied = await applyPlan(this.session, writer, plan, {
        catalogue,
        onStep: ({step, at, of, state}) => {
          if (state === 'begun') say(`${at + 1}/${of} ${textOf(stepMessage(step), catalogue)}`)
        },
      })
      return shown(applied, appliedView(catalogue))
    }) as Promise<Result<AppliedStep | ProposedStep>>
  }

  async #keep(plan: Plan, picture: ClusterPicture | undefined): Promise<void> {
    const journal = await planJournal(this.session)
    await journal.keep(plan)
    if (picture === undefined) return
    const {examine} = await import('../admin/doctor/doctor.js')
    const {findings, muted} = examine(picture)
    await journal.keepFindings(plan.id, [...findings, ...muted].map(findingText))
  }

  /** The plan is in the journal, so its progress can be looked at, and it can be cancelled and gone on with. */
  async #leaveToAnother({id}: Plan): Promise<Result<PlanHistory>> {
    const carried = [...carriedFlags(this.globals, this.typedFlags)].filter(([name]) => goesAlong(name))
    startDetached(['plan', 'apply', id, '--yes', ...carried.flatMap(([, words]) => words)]).leave()
    say(`vearchctl plan show ${id}`)
    return shown(
      {rows: [await (await planJournal(this.session)).read(id)], source: null, warnings: []},
      planHistoryView,
    )
  }
}

interface CarryOutOptions {
  readonly done?: number
  readonly isOnlyPlanned?: boolean
  /** A process in the background does it. */
  readonly isDetached?: boolean
  /** From which the plan was made just now. */
  readonly picture?: ClusterPicture
}

/** Also the answer to what would be asked: it was agreed to here. */
function goesAlong(name: string): boolean {
  return isOfTarget(name) || name === 'confirm' || name === 'force'
}

const nothing = {rows: [], source: null, warnings: []}

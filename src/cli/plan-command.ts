/**
 * What commands have in common that change a cluster step by step: the plan is made from a look at the cluster, kept in the journal of
 * plans, shown and agreed to, and then carried out. A dry run ends with the plan, which `plan apply` finds by its id.
 */
import {look} from '../admin/look.js'
import {textOf} from '../admin/messages/message.js'
import type {ClusterPicture} from '../admin/picture/picture.js'
import {type AppliedStep, applyPlan, planJournal, proposalOf} from '../admin/plan/apply-plan.js'
import {type ForcibleGuard, forcibleGuards} from '../admin/plan/guards.js'
import {type Plan, stepMessage} from '../admin/plan/plan.js'
import {type ProposedStep, proposalListing} from '../admin/proposal.js'
import {CodedError} from '../errors/coded-error.js'
import {BaseCommand} from './base-command.js'
import {say} from './output.js'
import type {Parameters} from './parameters/parse.js'
import {planView} from './plan-view.js'
import {appliedView} from './step-view.js'
import {type Result, shown} from './view.js'

/** A replica is copied within this, or the command says how to go on. */
const planTimeoutMs = 600_000

export abstract class PlanCommand<C extends Parameters> extends BaseCommand<C> {
  protected override readonly timeoutMs = planTimeoutMs

  protected get forced(): readonly ForcibleGuard[] {
    const {force = []} = this.globals
    return forcibleGuards.filter((guard) => force.includes(guard))
  }

  protected async propose(make: (picture: ClusterPicture) => Plan): Promise<Result<AppliedStep | ProposedStep>> {
    return this.carryOutPlan(make(await look(this.session)))
  }

  protected async carryOutPlan(
    plan: Plan,
    {done = 0, isOnlyPlanned = this.globals['dry-run']} = {},
  ): Promise<Result<AppliedStep | ProposedStep>> {
    const catalogue = await this.catalogue()
    const blocked = plan.blocked.map((reason) => textOf(reason, catalogue))
    if (plan.steps.length === 0 && blocked.length > 0) {
      throw new CodedError('GUARD_FAILED', blocked.join('; '), {hint: 'nothing was changed'})
    }
    if (plan.steps.length > 0) await (await planJournal(this.session)).keep(plan)
    if (isOnlyPlanned) {
      say(this.words.wouldDo)
      if (plan.steps.length > 0) say(`vearchctl plan apply ${plan.id}`)
      const {rows, ...rest} = proposalListing(proposalOf(plan, catalogue, done), [])
      return shown({...rest, rows, warnings: blocked, exit: blocked.length > 0 ? 'partial' : 'ok'}, planView)
    }
    if (plan.steps.length === 0) return shown(nothing, appliedView(catalogue))
    for (const reason of blocked) say(`${this.words.warning}: ${reason}`)
    return this.carryOut(proposalOf(plan, catalogue, done), async (writer): Promise<Result<AppliedStep>> => {
      const applied = await applyPlan(this.session, writer, plan, {
        catalogue,
        onStep: ({step, at, of, state}) => {
          if (state === 'begun') say(`${at + 1}/${of} ${textOf(stepMessage(step), catalogue)}`)
        },
      })
      return shown(applied, appliedView(catalogue))
    }) as Promise<Result<AppliedStep | ProposedStep>>
  }
}

const nothing = {rows: [], source: null, warnings: []}

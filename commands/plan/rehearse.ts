import {look} from '../../src/admin/picture/look.js'
import {findPlan} from '../../src/admin/plan/find-plan.js'
import {type Rehearsal, rehearse} from '../../src/admin/plan/rehearsal.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {string} from '../../src/cli/parameters/args.js'
import {rehearsalText, rehearsalView} from '../../src/cli/rehearsal-view.js'
import type {Result} from '../../src/cli/view.js'

export default class PlanRehearse extends BaseCommand<typeof PlanRehearse> {
  static override summary = 'Show what a plan would make of the cluster, without touching it.'
  static override description =
    'Health and findings before and after, moments at which a partition has no replica to spare, bytes to copy, replicas on each server.'
  static override examples = ['<%= config.bin %> plan rehearse p1f3a9c2b07']
  static override args = {plan: string({description: 'its id, or a file that holds one', required: true})}

  async run(): Promise<Result<Rehearsal>> {
    const {plan} = await findPlan(this.session, this.args.plan)
    const rehearsal = rehearse(await look(this.session), plan)
    const text = rehearsalText(rehearsal, await this.catalogue())
    return {rows: [rehearsal], source: null, warnings: [], view: rehearsalView, text}
  }
}

import {look} from '../../src/admin/picture/look.js'
import {planRebalance, rebalanceMeasures} from '../../src/admin/plan/rebalance.js'
import {say} from '../../src/cli/output.js'
import {boolean, integer, string} from '../../src/cli/parameters/flags.js'
import {PlanCommand} from '../../src/cli/plan-command.js'
import {poolLine} from '../../src/cli/pool-line.js'

export default class PartitionsRebalance extends PlanCommand<typeof PartitionsRebalance> {
  static override summary = 'Even out the load of the servers of each pool, by a plan.'
  static override description =
    'Shows the score before and after: how far the fullest server is above the average. Only plans unless --apply is given.'
  static override examples = [
    '<%= config.bin %> partitions rebalance',
    '<%= config.bin %> partitions rebalance --by leaders --max-moves 5 --apply',
  ]
  static override flags = {
    by: string({description: 'what is evened out', options: [...rebalanceMeasures], default: 'count'}),
    space: string({description: 'only partitions of this space', helpValue: 'DB/SPACE'}),
    'max-moves': integer({description: 'moves at most', min: 1, helpValue: '20'}),
    threshold: integer({description: 'percent above the average that are good enough', min: 0, helpValue: '10'}),
    apply: boolean({description: 'carry the plan out'}),
  }

  async run() {
    const {space, 'max-moves': maxMoves, threshold, apply} = this.flags
    const picture = await look(this.session)
    const {plan, pools} = planRebalance(picture, {
      by: rebalanceMeasures.find((measure) => measure === this.flags.by) ?? 'count',
      force: this.forced,
      ...(space === undefined ? {} : {space}),
      ...(maxMoves === undefined ? {} : {maxMoves}),
      ...(threshold === undefined ? {} : {threshold: threshold / 100}),
    })
    for (const pool of pools) say(poolLine(pool))
    return this.carryOutPlan(plan, {isOnlyPlanned: !apply, picture})
  }
}

import {type NodeStats, nodeStats} from '../../src/admin/nodes/node-stats.js'
import {look} from '../../src/admin/picture/look.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {wordIds} from '../../src/cli/id-words.js'
import {nodeStatsView} from '../../src/cli/node-stats-view.js'
import {integer} from '../../src/cli/parameters/args.js'
import type {Result} from '../../src/cli/view.js'

export default class NodeStatsCommand extends BaseCommand<typeof NodeStatsCommand> {
  static override strict = false
  static override summary = 'Show the memory, disk, processor and partitions of servers, as they say.'
  static override examples = ['<%= config.bin %> node stats', '<%= config.bin %> node stats 3 --watch']
  static override args = {id: integer({description: 'servers; all that are registered if absent', min: 1})}

  async run(): Promise<Result<NodeStats>> {
    const {rows, warnings} = nodeStats(await look(this.session), wordIds(this.argvWords))
    return {rows, source: null, warnings, view: nodeStatsView}
  }
}

import {levelPlan, processOf, setLogLevel} from '../../src/admin/nodes/operate-node.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {nodeProcessView} from '../../src/cli/node-card-view.js'
import {integer, string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'
import {nodeId} from '../../src/entity/ids.js'
import {logLevels} from '../../src/env/log.js'

export default class NodeLogLevel extends BaseCommand<typeof NodeLogLevel> {
  static override summary = 'Show how much a partition server logs, or change it while it runs.'
  static override description =
    'Until its process ends: what a start begins with is global.level of its configuration. Servers of our kind only.'
  static override examples = ['<%= config.bin %> node log-level 3', '<%= config.bin %> node log-level 3 debug']
  static override args = {
    id: integer({description: 'the server', required: true, min: 1}),
    level: string({description: 'this and worse is logged from now on', options: [...logLevels]}),
  }

  async run(): Promise<Result<unknown>> {
    const id = nodeId(this.args.id)
    const level = logLevels.find((name) => name === this.args.level)
    const listing = (row: unknown) => ({rows: [row], source: null, warnings: []})
    if (level === undefined) return shown(listing(await processOf(this.session, id)), nodeProcessView)
    return this.carryOut(levelPlan(id, level), async (writer) =>
      shown(listing(await setLogLevel(this.session, writer, {id, level})), nodeProcessView),
    )
  }
}

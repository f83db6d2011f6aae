import {type NodeLine, nodeLines} from '../src/admin/nodes/node-line.js'
import {look} from '../src/admin/picture/look.js'
import {BaseCommand} from '../src/cli/base-command.js'
import {topView} from '../src/cli/top-view.js'
import {type Result, shown} from '../src/cli/view.js'

export default class Top extends BaseCommand<typeof Top> {
  static override summary = 'Show the load of every partition server, as it says.'
  static override description =
    'With --watch again and again. STATE silent: its lease is alive and it does not answer. ghost: partitions name it, and no record does.'
  static override examples = ['<%= config.bin %> top --watch', '<%= config.bin %> top --sort docs:desc']

  async run(): Promise<Result<NodeLine>> {
    const picture = await look(this.session)
    return shown({rows: nodeLines(picture), source: picture.metadata.place, warnings: []}, topView)
  }
}

import {type ProcessLine, processLines} from '../../src/admin/nodes/process-line.js'
import {look} from '../../src/admin/picture/look.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {processView} from '../../src/cli/process-view.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class RouterList extends BaseCommand<typeof RouterList> {
  static override summary = 'List the routers that are alive, by their leases.'
  static override examples = ['<%= config.bin %> router list']

  async run(): Promise<Result<ProcessLine>> {
    const picture = await look(this.session)
    const rows = processLines(picture).filter(({role}) => role === 'router')
    return shown({rows, source: picture.metadata.place, warnings: []}, processView)
  }
}

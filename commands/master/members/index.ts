import {type ProcessLine, processLines} from '../../../src/admin/nodes/process-line.js'
import {look} from '../../../src/admin/picture/look.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {processView} from '../../../src/cli/process-view.js'
import {type Result, shown} from '../../../src/cli/view.js'

export default class MasterMembers extends BaseCommand<typeof MasterMembers> {
  static override summary = 'List the masters, and whether they answer.'
  static override description =
    'Those that the metadata announces and those that the target names. announced: its record is there, and nobody asked it. master members add and remove change the members of the etcd that masters run.'
  static override aliases = ['master:members:list']
  static override examples = ['<%= config.bin %> master members']

  async run(): Promise<Result<ProcessLine>> {
    const picture = await look(this.session)
    const rows = processLines(picture).filter(({role}) => role === 'master')
    return shown({rows, source: picture.metadata.place, warnings: []}, processView)
  }
}

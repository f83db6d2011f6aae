import type {ContextRow} from '../../src/admin/contexts/contexts.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {contextView} from '../../src/cli/context-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class ContextUse extends BaseCommand<typeof ContextUse> {
  static override summary = 'Use a context where no flag or variable names a cluster; - is the one before.'
  static override examples = ['<%= config.bin %> context use prod', '<%= config.bin %> context use -']
  static override args = {name: string({description: 'name of a context, or -', required: true})}

  async run(): Promise<Result<ContextRow>> {
    const name = await this.contexts.use(this.args.name)
    this.sayIfOnlyPlanned()
    const {rows, ...rest} = await this.contexts.list()
    return shown({...rest, rows: rows.filter((row) => row.name === name)}, contextView)
  }
}

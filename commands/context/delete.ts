import type {ContextRow} from '../../src/admin/contexts/contexts.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {contextView} from '../../src/cli/context-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class ContextDelete extends BaseCommand<typeof ContextDelete> {
  static override summary = 'Forget a context. The cluster is not touched.'
  static override examples = ['<%= config.bin %> context delete dev']
  static override args = {name: string({description: 'name of a context', required: true})}

  async run(): Promise<Result<ContextRow>> {
    await this.contexts.delete(this.args.name)
    this.sayIfOnlyPlanned()
    return shown(await this.contexts.list(), contextView)
  }
}

import type {ContextField} from '../../src/admin/contexts/contexts.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {contextFieldView} from '../../src/cli/context-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class ContextShow extends BaseCommand<typeof ContextShow> {
  static override summary = 'Show what a context says; the one in use if none is named.'
  static override examples = ['<%= config.bin %> context show', '<%= config.bin %> context show prod -o yaml']
  static override args = {name: string({description: 'name of a context'})}

  async run(): Promise<Result<ContextField>> {
    return shown(await this.contexts.show(this.args.name ?? null), contextFieldView)
  }
}

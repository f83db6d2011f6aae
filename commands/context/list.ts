import type {ContextRow} from '../../src/admin/contexts/contexts.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {contextView} from '../../src/cli/context-view.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class ContextList extends BaseCommand<typeof ContextList> {
  static override summary = 'List the contexts of contexts.toml; a * marks the one in use.'
  static override examples = ['<%= config.bin %> context list']

  async run(): Promise<Result<ContextRow>> {
    return shown(await this.contexts.list(), contextView)
  }
}

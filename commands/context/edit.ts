import type {ContextRow} from '../../src/admin/contexts/contexts.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {contextView} from '../../src/cli/context-view.js'
import {editFile} from '../../src/cli/editor.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class ContextEdit extends BaseCommand<typeof ContextEdit> {
  static override summary = 'Open contexts.toml in $VISUAL or $EDITOR, and check what comes of it.'
  static override examples = ['<%= config.bin %> context edit']

  async run(): Promise<Result<ContextRow>> {
    await editFile(this.contexts.path, this.environment)
    return shown(await this.contexts.list(), contextView)
  }
}

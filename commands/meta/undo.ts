import {BaseCommand} from '../../src/cli/base-command.js'
import {changedView} from '../../src/cli/change-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class MetaUndo extends BaseCommand<typeof MetaUndo> {
  static override summary = 'Take back a change of metadata that was made from this machine.'
  static override description =
    'Puts back what the journal has of each key, all or nothing, and only where none was changed since. Without a name it takes back the last change that stands, so each time one further back; name an undoing to take that back.'
  static override aliases = ['audit:undo']
  static override examples = ['<%= config.bin %> meta undo', '<%= config.bin %> meta undo 5f0c3a9b2e11 --dry-run']
  static override args = {txn: string({description: 'as audit list has it; the last change if absent'})}

  async run(): Promise<Result<unknown>> {
    const [{prepareUndo}, {applyChange}] = await Promise.all([
      import('../../src/admin/meta/undo.js'),
      import('../../src/admin/meta/record-change.js'),
    ])
    const [meta, journal] = await Promise.all([this.session.reading(), this.session.journal()])
    const prepared = await prepareUndo(meta, await journal.changes(this.env.disk), this.args.txn ?? null)
    return this.carryOut(prepared.plan, async (writer) => shown(await applyChange(writer, prepared), changedView))
  }
}

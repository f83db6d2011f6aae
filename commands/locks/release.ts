import {prepareRelease} from '../../src/admin/meta/lock-list.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changedView} from '../../src/cli/change-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class LocksRelease extends BaseCommand<typeof LocksRelease> {
  static override summary = 'Delete one lock that nobody holds any more.'
  static override description = 'A lock that is held is left alone, unless with --force=held.'
  static override examples = ['<%= config.bin %> locks release /vearch/lock//vearch/lock//db/space/7587']
  static override args = {key: string({description: 'its key, as locks list has it', required: true})}

  async run(): Promise<Result<unknown>> {
    const {applyChange} = await import('../../src/admin/meta/record-change.js')
    const store = this.session.isLive ? await this.session.observed() : null
    const prepared = await prepareRelease(await this.session.reading(), this.args.key, store)
    return this.carryOut(prepared.plan, async (writer) => shown(await applyChange(writer, prepared), changedView))
  }
}

import {BaseCommand} from '../../src/cli/base-command.js'
import {changedView} from '../../src/cli/change-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {boolean, integer} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class MetaDelete extends BaseCommand<typeof MetaDelete> {
  static override summary = 'Delete the record at one key, or all below a prefix.'
  static override description =
    'All of them in one transaction, and only if none was changed meanwhile. What they held is in the journal: see meta undo.'
  static override examples = [
    '<%= config.bin %> meta delete partition/77',
    '<%= config.bin %> meta delete alias/ --prefix --expect-count 3 --dry-run',
  ]
  static override args = {
    key: string({description: 'one that does not begin with / is within the cluster', required: true}),
  }
  static override flags = {
    prefix: boolean({description: 'all keys that begin with it', dependsOn: ['expect-count']}),
    'expect-count': integer({description: 'how many keys that must be', min: 1, helpValue: 'N', dependsOn: ['prefix']}),
  }

  async run(): Promise<Result<unknown>> {
    const {prepareDelete, applyChange} = await import('../../src/admin/meta/record-change.js')
    const {'expect-count': count} = this.flags
    const prepared = await prepareDelete(await this.session.reading(), {key: this.args.key, count: count ?? null})
    return this.carryOut(prepared.plan, async (writer) => shown(await applyChange(writer, prepared), changedView))
  }
}

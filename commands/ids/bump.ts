import {prepareBump} from '../../src/admin/meta/sequence-ids.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changedView} from '../../src/cli/change-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {integer} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'
import {sequences} from '../../src/meta/keys.js'

export default class IdsBump extends BaseCommand<typeof IdsBump> {
  static override summary = 'Raise a sequence, so that ids up to a number are never given out again.'
  static override description = 'Upwards only, and never below an id that is in use.'
  static override examples = ['<%= config.bin %> ids bump partition --to 90 --dry-run']
  static override args = {
    sequence: string({description: 'which sequence', options: [...sequences], required: true}),
  }
  static override flags = {to: integer({description: 'the last id taken', min: 1, required: true, helpValue: 'ID'})}

  async run(): Promise<Result<unknown>> {
    const sequence = sequences.find((name) => name === this.args.sequence) ?? 'node'
    const {applyChange} = await import('../../src/admin/meta/record-change.js')
    const prepared = await prepareBump(await this.session.reading(), sequence, this.flags.to)
    return this.carryOut(prepared.plan, async (writer) => shown(await applyChange(writer, prepared), changedView))
  }
}

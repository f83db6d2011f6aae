import {peekSequences, type SequenceRow} from '../../src/admin/meta/sequence-ids.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {sequenceDetailView} from '../../src/cli/sequence-view.js'
import {type Result, shown} from '../../src/cli/view.js'
import {sequences} from '../../src/meta/keys.js'

export default class IdsList extends BaseCommand<typeof IdsList> {
  static override summary = 'List the id sequences: last and next id, the highest in use, and how many are left.'
  static override examples = [
    '<%= config.bin %> ids list',
    '<%= config.bin %> ids list --filter \'status != "ok"\' --json',
  ]

  async run(): Promise<Result<SequenceRow>> {
    return shown(await peekSequences(await this.session.reading(), sequences), sequenceDetailView)
  }
}

import {checkSequences, type SequenceRow} from '../../src/admin/meta/sequence-ids.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {sequenceDetailView} from '../../src/cli/sequence-view.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class IdsCheck extends BaseCommand<typeof IdsCheck> {
  static override summary = 'Check that no sequence is about to give out an id that is in use.'
  static override description =
    'Exit code 11 where one is behind, or does not hold a number: what is created next would clash, and a server may wipe the data of the older one. See ids bump.'
  static override examples = ['<%= config.bin %> ids check', '<%= config.bin %> ids check --snapshot etcd.db']

  async run(): Promise<Result<SequenceRow>> {
    return shown(await checkSequences(await this.session.reading()), sequenceDetailView)
  }
}

import {allocateIds, allocationPlan, peekSequences} from '../../src/admin/meta/sequence-ids.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {string} from '../../src/cli/parameters/args.js'
import {boolean, integer} from '../../src/cli/parameters/flags.js'
import {allocatedView, sequenceView} from '../../src/cli/sequence-view.js'
import {type Result, shown} from '../../src/cli/view.js'
import {CodedError} from '../../src/errors/coded-error.js'
import {Keys, sequences} from '../../src/meta/keys.js'

export default class IdsNext extends BaseCommand<typeof IdsNext> {
  static override summary = 'Show the next id of each sequence, or take ids.'
  static override description =
    'Only looks, unless --allocate is given. STATUS behind: the next id is in use already, so whoever takes it will clash.'
  static override examples = ['<%= config.bin %> ids next', '<%= config.bin %> ids next partition --allocate -n 3 -q']
  static override args = {
    sequence: string({description: 'which sequence; all of them if absent', options: [...sequences]}),
  }
  static override flags = {
    allocate: boolean({description: 'take the ids for good; they are never given out again'}),
    count: integer({char: 'n', description: 'how many to take', min: 1, max: 10_000, dependsOn: ['allocate']}),
  }

  async run(): Promise<Result<unknown>> {
    const asked = sequences.find((name) => name === this.args.sequence)
    const {allocate, count = 1} = this.flags
    if (!allocate) {
      const names = asked === undefined ? sequences : [asked]
      return shown(await peekSequences(await this.session.reading(), names), sequenceView)
    }
    if (asked === undefined) {
      throw new CodedError('USAGE', '--allocate needs the name of a sequence', {
        hint: `one of ${sequences.join(', ')}`,
      })
    }
    const plan = allocationPlan(new Keys(await this.session.cluster()), asked, count)
    return this.carryOut(plan, async (writer) => shown(await allocateIds(writer, asked, count), allocatedView))
  }
}

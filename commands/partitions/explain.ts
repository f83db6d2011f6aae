import {look} from '../../src/admin/picture/look.js'
import type {Cause} from '../../src/admin/why/cause.js'
import {explainPlacement} from '../../src/admin/why/placement.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {causeResult} from '../../src/cli/cause-view.js'
import {integer} from '../../src/cli/parameters/args.js'
import type {Result} from '../../src/cli/view.js'
import {partitionId} from '../../src/entity/ids.js'

export default class PartitionsExplain extends BaseCommand<typeof PartitionsExplain> {
  static override summary = 'Explain how a partition came to be on its servers, and which router serves them.'
  static override description = 'The same as vearchctl why partition ID --placement.'
  static override examples = ['<%= config.bin %> partitions explain 3']
  static override args = {id: integer({description: 'the partition', required: true, min: 1})}

  async run(): Promise<Result<Cause>> {
    const picture = await look(this.session)
    const found = explainPlacement(picture, partitionId(this.args.id))
    return causeResult(found, await this.catalogue(), picture.metadata.place)
  }
}

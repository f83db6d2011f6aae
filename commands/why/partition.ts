import {look} from '../../src/admin/picture/look.js'
import type {Cause} from '../../src/admin/why/cause.js'
import {explainPlacement} from '../../src/admin/why/placement.js'
import {whyPartition} from '../../src/admin/why/why-partition.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {causeResult} from '../../src/cli/cause-view.js'
import {integer} from '../../src/cli/parameters/args.js'
import {boolean} from '../../src/cli/parameters/flags.js'
import type {Result} from '../../src/cli/view.js'
import {partitionId} from '../../src/entity/ids.js'

export default class WhyPartition extends BaseCommand<typeof WhyPartition> {
  static override summary = 'Say why a partition is as it is, cause by cause.'
  static override examples = ['<%= config.bin %> why partition 3', '<%= config.bin %> why partition 3 --placement']
  static override args = {id: integer({description: 'the partition', required: true, min: 1})}
  static override flags = {
    placement: boolean({description: 'how it came to be on its servers, and who serves them'}),
  }

  async run(): Promise<Result<Cause>> {
    const picture = await look(this.session)
    const id = partitionId(this.args.id)
    const found = this.flags.placement ? explainPlacement(picture, id) : whyPartition(picture, id)
    return causeResult(found, await this.catalogue(), picture.metadata.place)
  }
}

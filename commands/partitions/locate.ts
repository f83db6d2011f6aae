import {locate} from '../../src/admin/partitions/location.js'
import {look} from '../../src/admin/picture/look.js'
import {findSpace} from '../../src/admin/why/why-space.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {type LocatedRow, locatedView} from '../../src/cli/located-view.js'
import {string} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class PartitionsLocate extends BaseCommand<typeof PartitionsLocate> {
  static override summary = 'Find the partition of a document, and who serves it.'
  static override description =
    'From its id to its slot to its partition. Where a range rule lets a date decide, one partition for each range.'
  static override examples = ['<%= config.bin %> partitions locate --space web/images --key cat-17']
  static override flags = {
    space: string({description: 'the space', required: true, helpValue: '[DB/]SPACE'}),
    key: string({description: 'the document’s _id', required: true, helpValue: 'ID'}),
  }

  async run(): Promise<Result<LocatedRow>> {
    const {space, key} = this.flags
    const picture = await look(this.session)
    const {slot, partitions} = locate(picture, findSpace(picture, space).value, key)
    const rows = partitions.map((partition) => ({slot, ...partition}))
    return shown({rows, source: picture.metadata.place, warnings: []}, locatedView)
  }
}

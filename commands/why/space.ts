import {look} from '../../src/admin/picture/look.js'
import type {Cause} from '../../src/admin/why/cause.js'
import {findSpace, whySpace} from '../../src/admin/why/why-space.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {causeResult} from '../../src/cli/cause-view.js'
import {string} from '../../src/cli/parameters/args.js'
import type {Result} from '../../src/cli/view.js'

export default class WhySpace extends BaseCommand<typeof WhySpace> {
  static override summary = 'Say why a space is as it is: the worst of its partitions first.'
  static override examples = ['<%= config.bin %> why space web/images']
  static override args = {space: string({description: 'db/space, or space where that is enough', required: true})}

  async run(): Promise<Result<Cause>> {
    const picture = await look(this.session)
    const found = whySpace(picture, findSpace(picture, this.args.space))
    return causeResult(found, await this.catalogue(), picture.metadata.place)
  }
}

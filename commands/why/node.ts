import {look} from '../../src/admin/picture/look.js'
import type {Cause} from '../../src/admin/why/cause.js'
import {whyNode} from '../../src/admin/why/why-node.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {causeResult} from '../../src/cli/cause-view.js'
import {integer} from '../../src/cli/parameters/args.js'
import type {Result} from '../../src/cli/view.js'
import {nodeId} from '../../src/entity/ids.js'

export default class WhyNode extends BaseCommand<typeof WhyNode> {
  static override summary = 'Say why a partition server is up or not, and what hangs on it.'
  static override examples = ['<%= config.bin %> why node 4']
  static override args = {id: integer({description: 'the server’s node id', required: true, min: 1})}

  async run(): Promise<Result<Cause>> {
    const picture = await look(this.session)
    return causeResult(whyNode(picture, nodeId(this.args.id)), await this.catalogue(), picture.metadata.place)
  }
}

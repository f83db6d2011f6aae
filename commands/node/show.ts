import {type NodeCard, nodeCard} from '../../src/admin/nodes/node-card.js'
import {look} from '../../src/admin/picture/look.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {nodeCardText, nodeCardView} from '../../src/cli/node-card-view.js'
import {integer} from '../../src/cli/parameters/args.js'
import type {Result} from '../../src/cli/view.js'
import {nodeId} from '../../src/entity/ids.js'

export default class NodeShow extends BaseCommand<typeof NodeShow> {
  static override summary = 'Show a partition server: what it has, how it is, and what the doctor finds of it.'
  static override examples = ['<%= config.bin %> node show 3']
  static override args = {id: integer({description: 'the server', required: true, min: 1})}

  async run(): Promise<Result<NodeCard>> {
    const picture = await look(this.session)
    const card = nodeCard(picture, nodeId(this.args.id))
    const text = nodeCardText(card, await this.catalogue())
    return {rows: [card], source: picture.metadata.place, warnings: [], view: nodeCardView, text}
  }
}

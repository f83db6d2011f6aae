import {partitionCard} from '../../src/admin/partitions/partition-card.js'
import type {ReplicaLine} from '../../src/admin/partitions/replica-line.js'
import {look} from '../../src/admin/picture/look.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {integer} from '../../src/cli/parameters/args.js'
import {replicaView} from '../../src/cli/replica-view.js'
import {type Result, shown} from '../../src/cli/view.js'
import {partitionId} from '../../src/entity/ids.js'

export default class PartitionsShow extends BaseCommand<typeof PartitionsShow> {
  static override summary = 'Show every replica of a partition, as its server and its leader see it.'
  static override description =
    'ROLE is raft’s word, MATCH and LAG what the leader knows of each. VERDICT compares the records, raft and the server.'
  static override examples = ['<%= config.bin %> partitions show 3', '<%= config.bin %> partitions show 3 -o wide']
  static override args = {id: integer({description: 'the partition', required: true, min: 1})}

  async run(): Promise<Result<ReplicaLine>> {
    const picture = await look(this.session)
    return shown(partitionCard(picture, partitionId(this.args.id), await this.catalogue()), replicaView)
  }
}

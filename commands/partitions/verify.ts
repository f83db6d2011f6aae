import {look} from '../../src/admin/look.js'
import {sightOf} from '../../src/admin/partitions/partition-card.js'
import {type Verification, verificationOf} from '../../src/admin/partitions/verification.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {wordIds} from '../../src/cli/id-words.js'
import {integer} from '../../src/cli/parameters/args.js'
import {verificationView} from '../../src/cli/replica-view.js'
import type {Result} from '../../src/cli/view.js'
import {partitionId} from '../../src/entity/ids.js'

export default class PartitionsVerify extends BaseCommand<typeof PartitionsVerify> {
  static override strict = false
  static override summary = 'Compare the replicas of partitions: those that have applied the same must hold the same.'
  static override description =
    'By counts of documents and the last document id, at equal applied indexes only. partly: not all replicas could be compared. Exit code 11 if any differ.'
  static override examples = ['<%= config.bin %> partitions verify', '<%= config.bin %> partitions verify 3 4']
  static override args = {id: integer({description: 'partitions; all of them if absent', min: 1})}

  async run(): Promise<Result<Verification>> {
    const picture = await look(this.session)
    const ids = wordIds(this.argvWords)
    const sights =
      ids.length === 0 ? [...picture.partitions.values()] : ids.map((id) => sightOf(picture, partitionId(id)))
    const rows = sights.map(verificationOf)
    const exit = rows.some(({verdict}) => verdict === 'different') ? 'critical' : 'ok'
    return {rows, source: picture.metadata.place, warnings: [], view: verificationView, exit}
  }
}

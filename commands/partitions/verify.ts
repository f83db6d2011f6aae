import type {DeepOptions} from '../../src/admin/partitions/deep-verification.js'
import {sightOf} from '../../src/admin/partitions/partition-card.js'
import {deepVerificationOf, type Verification, verificationOf} from '../../src/admin/partitions/verification.js'
import {look} from '../../src/admin/picture/look.js'
import type {PartitionSight} from '../../src/admin/picture/partition-sight.js'
import type {ClusterPicture} from '../../src/admin/picture/picture.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {wordIds} from '../../src/cli/id-words.js'
import {integer} from '../../src/cli/parameters/args.js'
import {boolean} from '../../src/cli/parameters/flags.js'
import {verificationView} from '../../src/cli/replica-view.js'
import type {Result} from '../../src/cli/view.js'
import {partitionId} from '../../src/entity/ids.js'

export default class PartitionsVerify extends BaseCommand<typeof PartitionsVerify> {
  static override strict = false
  static override summary = 'Compare the replicas of partitions: those that have applied the same must hold the same.'
  static override description =
    `By counts of documents and the last document id, at equal applied indexes only. partly: not all replicas could be compared. Exit code 11 if any differ.

--deep compares the documents themselves, by checksums that every replica makes range by range; writes go on meanwhile, and what they change is asked again. It reads every document of every replica, so give it time with --timeout. Servers of our kind only.`
  static override examples = [
    '<%= config.bin %> partitions verify',
    '<%= config.bin %> partitions verify 3 4',
    '<%= config.bin %> partitions verify 3 --deep --timeout 1h',
  ]
  static override args = {id: integer({description: 'partitions; all of them if absent', min: 1})}

  static override flags = {deep: boolean({description: 'compare the documents, and not only how many there are'})}

  async run(): Promise<Result<Verification>> {
    const picture = await look(this.session)
    const ids = wordIds(this.argvWords)
    const sights =
      ids.length === 0 ? [...picture.partitions.values()] : ids.map((id) => sightOf(picture, partitionId(id)))
    const rows = this.flags.deep ? await this.#deep(picture, sights) : sights.map(verificationOf)
    const exit = rows.some(({verdict}) => verdict === 'different') ? 'critical' : 'ok'
    return {rows, source: picture.metadata.place, warnings: [], view: verificationView, exit}
  }

  /** One after the other: each asks all of its servers. */
  async #deep(picture: ClusterPicture, sights: readonly PartitionSight[]): Promise<Verification[]> {
    const {signal} = this.session
    const calls = await this.session.nodes()
    const digest: DeepOptions['digest'] = (node, request) => calls.ask(node, 'digestDocuments', request)
    const options = {digest, clock: this.env.clock, signal}
    const rows: Verification[] = []
    for (const sight of sights) rows.push(await deepVerificationOf(sight, picture, options))
    return rows
  }
}

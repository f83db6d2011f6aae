import {type DiskLine, diskLines} from '../../src/admin/partitions/disk-line.js'
import type {VerifiedFile} from '../../src/admin/partitions/verify-disk.js'
import {look} from '../../src/admin/picture/look.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {boolean, integer, string} from '../../src/cli/parameters/flags.js'
import {diskView, verifiedFileView} from '../../src/cli/replica-view.js'
import {type Result, shown} from '../../src/cli/view.js'
import {nodeId} from '../../src/entity/ids.js'

export default class PartitionsDisk extends BaseCommand<typeof PartitionsDisk> {
  static override summary = 'List which partitions lie on which servers, and whether the metadata knows of them.'
  static override description =
    `What the servers say of themselves, and with --data-dir what lies in a directory of this machine, running or not.

VERDICT doomed: the next start of a Vearch server wipes it. orphan: no record names the partition. extra: no space lists the replica.

--verify asks nobody: it holds every record of the log, every checkpoint and every small file of a server that is stopped to the checksums written with it, in the directories of --conf or --data-dir, and changes nothing. The engine that served last has none. STATE torn: a write that nobody was told of, which the next start cuts off. Exit code 11 if anything is damaged.`
  static override examples = [
    '<%= config.bin %> partitions disk --node 3',
    '<%= config.bin %> partitions disk --data-dir /export/vearch/datas',
    '<%= config.bin %> partitions disk --verify --data-dir /export/vearch/datas',
  ]
  static override flags = {
    node: integer({description: 'only this server', min: 1, helpValue: 'ID'}),
    'data-dir': string({description: 'a server’s data directory on this machine', multiple: true, helpValue: 'DIR'}),
    verify: boolean({description: 'hold what a stopped server has to its checksums', exclusive: ['node']}),
  }

  async run(): Promise<Result<DiskLine> | Result<VerifiedFile>> {
    return this.flags.verify ? this.#verify() : this.#list()
  }

  async #verify(): Promise<Result<VerifiedFile>> {
    const {verifyDisks} = await import('../../src/admin/partitions/verify-disk.js')
    const directories = this.flags['data-dir'] ?? (await this.session.config()).global.data
    return shown(await verifyDisks(this.env.disk, directories, this.interrupt), verifiedFileView)
  }

  async #list(): Promise<Result<DiskLine>> {
    const {node, 'data-dir': directories = []} = this.flags
    const picture = await look(this.session, {dataDirectories: directories.map((directory) => [directory])})
    const rows = diskLines(picture, node === undefined ? undefined : nodeId(node))
    const warnings = picture.disks.flatMap((disk) => (disk.told ? [] : [disk.silence.detail]))
    return shown({rows, source: picture.metadata.place, warnings}, diskView)
  }
}

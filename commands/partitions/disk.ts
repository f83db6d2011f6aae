import {type DiskLine, diskLines} from '../../src/admin/partitions/disk-line.js'
import {look} from '../../src/admin/picture/look.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {integer, string} from '../../src/cli/parameters/flags.js'
import {diskView} from '../../src/cli/replica-view.js'
import {type Result, shown} from '../../src/cli/view.js'
import {nodeId} from '../../src/entity/ids.js'

export default class PartitionsDisk extends BaseCommand<typeof PartitionsDisk> {
  static override summary = 'List which partitions lie on which servers, and whether the metadata knows of them.'
  static override description =
    `What the servers say of themselves, and with --data-dir what lies in a directory of this machine, running or not.

VERDICT doomed: the next start of a Vearch server wipes it. orphan: no record names the partition. extra: no space lists the replica.`
  static override examples = [
    '<%= config.bin %> partitions disk --node 3',
    '<%= config.bin %> partitions disk --data-dir /export/vearch/datas',
  ]
  static override flags = {
    node: integer({description: 'only this server', min: 1, helpValue: 'ID'}),
    'data-dir': string({description: 'a server’s data directory on this machine', multiple: true, helpValue: 'DIR'}),
  }

  async run(): Promise<Result<DiskLine>> {
    const {node, 'data-dir': directories = []} = this.flags
    const picture = await look(this.session, {dataDirectories: directories.map((directory) => [directory])})
    const rows = diskLines(picture, node === undefined ? undefined : nodeId(node))
    const warnings = picture.disks.flatMap((disk) => (disk.told ? [] : [disk.silence.detail]))
    return shown({rows, source: picture.metadata.place, warnings}, diskView)
  }
}

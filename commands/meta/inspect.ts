import type {InspectedCluster} from '../../src/admin/meta/inspection.js'
import {inspectionView} from '../../src/cli/backup-view.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class MetaInspect extends BaseCommand<typeof MetaInspect> {
  static override summary = 'Show what a file of metadata is and holds: a raw etcd snapshot or a backup.'
  static override description = 'It is read whole and checked against its own SHA-256; no etcd is needed.'
  static override examples = [
    '<%= config.bin %> meta inspect etcd.db',
    '<%= config.bin %> meta inspect vearch-88.backup.jsonl -o wide',
  ]
  static override args = {file: string({description: 'the file', required: true})}

  async run(): Promise<Result<InspectedCluster>> {
    const {inspectFile} = await import('../../src/admin/meta/inspection.js')
    return shown(await inspectFile(this.env.disk, this.args.file), inspectionView)
  }
}

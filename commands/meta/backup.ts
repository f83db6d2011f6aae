import type {BackupRow} from '../../src/admin/meta/backup.js'
import {backupView} from '../../src/cli/backup-view.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class MetaBackup extends BaseCommand<typeof MetaBackup> {
  static override summary = 'Write all metadata of the cluster, at one revision, to a file.'
  static override description =
    'A JSON line for each key, with a SHA-256 at the end; only its owner can read it, for it holds what users have for passwords. Every command that reads takes it with --snapshot.'
  static override examples = [
    '<%= config.bin %> meta backup',
    '<%= config.bin %> meta backup nightly.backup.jsonl --context prod',
    '<%= config.bin %> meta backup prod.backup.jsonl --snapshot etcd.db --at 88',
  ]
  static override args = {file: string({description: 'a new file; named after cluster and revision if absent'})}

  async run(): Promise<Result<BackupRow>> {
    const [{backUpMeta}, {noteBackup}] = await Promise.all([
      import('../../src/admin/meta/backup.js'),
      import('../../src/admin/backup-log.js'),
    ])
    const {disk, clock} = this.env
    const reading = () => this.session.readingAt(this.globals.at ?? null)
    const backup = await backUpMeta({file: this.args.file ?? null, disk, clock, reading})
    for (const row of backup.rows) await noteBackup(this.session, row)
    return shown(backup, backupView)
  }
}

import type {BackupRow} from '../../src/admin/meta/backup.js'
import {backupView} from '../../src/cli/backup-view.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {string} from '../../src/cli/parameters/args.js'
import {boolean, string as text} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class MetaBackup extends BaseCommand<typeof MetaBackup> {
  static override summary = 'Write all metadata of the cluster, at one revision, to a file.'
  static override description =
    `A JSON line for each key, with a SHA-256 at the end; only its owner can read it, for it holds what users have for passwords. Every command that reads takes it with --snapshot. --etcd-snapshot asks etcd for its whole database instead, with the history and all clusters in it, as etcdctl snapshot save does.

--encrypt-to seals the file with AES-256-GCM; the key comes from the passphrase by scrypt. It is read again with --passphrase-file; without the passphrase it is lost.`
  static override examples = [
    '<%= config.bin %> meta backup',
    '<%= config.bin %> meta backup nightly.backup.jsonl --context prod --include-stats',
    '<%= config.bin %> meta backup --etcd-snapshot --encrypt-to /etc/vearch/passphrase',
    '<%= config.bin %> meta backup prod.backup.jsonl --snapshot etcd.db --at 88',
  ]
  static override args = {file: string({description: 'a new file; named after cluster and revision if absent'})}
  static override flags = {
    'etcd-snapshot': boolean({description: 'all that etcd holds, as etcd keeps it', exclusive: ['include-stats']}),
    'include-stats': boolean({description: 'also what masters and servers say of themselves, as in a debug bundle'}),
    'encrypt-to': text({description: 'encrypt it with the passphrase in this file', helpValue: 'FILE'}),
  }

  async run(): Promise<Result<BackupRow>> {
    const [{backUp, takeEtcd, takeRecords}, {noteBackup}] = await Promise.all([
      import('../../src/admin/meta/backup.js'),
      import('../../src/admin/meta/backup-log.js'),
    ])
    const {'etcd-snapshot': ofEtcd, 'include-stats': withStats, 'encrypt-to': passphraseFile = null} = this.flags
    const take = () => (ofEtcd ? takeEtcd(this.session) : takeRecords(this.session, {withStats}))
    const backup = await backUp(this.env, {file: this.args.file ?? null, passphraseFile}, take)
    for (const row of backup.rows) await noteBackup(this.session, row)
    return shown(backup, backupView)
  }
}

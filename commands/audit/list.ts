import {type AuditRow, listAudit} from '../../src/admin/changes/audit.js'
import {auditView} from '../../src/cli/audit-view.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class AuditList extends BaseCommand<typeof AuditList> {
  static override summary = 'List what was changed from this machine, newest first.'
  static override description =
    'From the journal, which has every change before it is made. OUTCOME unknown: it may have been made. What others changed is in meta history.'
  static override examples = [
    '<%= config.bin %> audit list --limit 10',
    '<%= config.bin %> audit list --filter \'outcome != "done"\'',
  ]

  async run(): Promise<Result<AuditRow>> {
    return shown(await listAudit(await this.session.journal(), this.env.disk), auditView)
  }
}

import {type AuditedField, showAudit} from '../../src/admin/changes/audit.js'
import {auditedFieldView} from '../../src/cli/audit-view.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'
import {Keys} from '../../src/meta/keys.js'

export default class AuditShow extends BaseCommand<typeof AuditShow> {
  static override summary = 'Show what one change replaced, field by field.'
  static override description = 'Passwords are never shown.'
  static override examples = ['<%= config.bin %> audit show 5f0c3a9b2e11']
  static override args = {txn: string({description: 'as audit list has it', required: true})}

  async run(): Promise<Result<AuditedField>> {
    const [journal, cluster] = await Promise.all([this.session.journal(), this.session.cluster()])
    return shown(await showAudit(journal, this.env.disk, new Keys(cluster), this.args.txn), auditedFieldView)
  }
}

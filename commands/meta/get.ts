import {getMeta, type MetaRecord} from '../../src/admin/show-meta.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {keyView} from '../../src/cli/meta-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {boolean} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class MetaGet extends BaseCommand<typeof MetaGet> {
  static override summary = 'Show the record at one key, with its revisions and its lease.'
  static override description = 'Passwords are never shown.'
  static override examples = [
    '<%= config.bin %> meta get partition/7',
    '<%= config.bin %> meta get /vearch/space/1/2 --at 88 -o yaml',
    "<%= config.bin %> meta get partition/7 -o jsonpath='[0].value.replicas'",
  ]
  static override args = {
    key: string({description: 'one that does not begin with / is within the cluster', required: true}),
  }

  static override flags = {
    raw: boolean({description: 'the value as it is stored, whatever it is; not of users, who have passwords'}),
  }

  async run(): Promise<Result<MetaRecord>> {
    return shown(await getMeta(await this.session.reading(), this.args.key, {asStored: this.flags.raw}), keyView)
  }
}

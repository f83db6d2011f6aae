import {decodings, getMeta, type MetaRecord} from '../../src/admin/meta/show-meta.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {keyView} from '../../src/cli/meta-view.js'
import {string as word} from '../../src/cli/parameters/args.js'
import {boolean, string} from '../../src/cli/parameters/flags.js'
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
    key: word({description: 'one that does not begin with / is within the cluster', required: true}),
  }

  static override flags = {
    raw: boolean({description: 'the value as it is stored, whatever it is; not of users, who have passwords'}),
    hex: boolean({description: 'its bytes in hexadecimal; not of users', exclusive: ['raw']}),
    decode: string({
      description: 'how the value is understood',
      options: [...decodings],
      default: 'auto',
      exclusive: ['raw', 'hex'],
    }),
  }

  async run(): Promise<Result<MetaRecord>> {
    const {raw, hex, decode} = this.flags
    const known = decodings.find((name) => name === decode) ?? 'auto'
    const as = hex ? 'hex' : raw ? 'text' : known
    return shown(await getMeta(await this.session.reading(), this.args.key, {as}), keyView)
  }
}

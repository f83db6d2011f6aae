import type {CreationRow} from '../../src/admin/entities/creation-check.js'
import {createSpace} from '../../src/admin/entities/requests.js'
import {type SpaceName, spaceNamed} from '../../src/admin/entities/space-row.js'
import {contentOf} from '../../src/cli/content.js'
import {creationView} from '../../src/cli/creation-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {boolean} from '../../src/cli/parameters/flags.js'
import {RequestCommand} from '../../src/cli/request-command.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class SpaceCreate extends RequestCommand<typeof SpaceCreate> {
  static override summary = 'Have the masters create a space.'
  static override description =
    'The schema is the body that POST /dbs/DB/spaces takes: fields, partition_num, replica_num and so on. It may leave out the name.\n\n--check looks for all that the masters would refuse or wait for, server by server, and creates nothing: exit code 0, or 6 with each reason. VERDICT out: this server is passed over.'
  static override examples = [
    '<%= config.bin %> space create web/images @images.json',
    '<%= config.bin %> space create web/images @images.json --dry-run',
    '<%= config.bin %> space create web/images @images.json --check --conf config.toml',
  ]
  static override flags = {
    check: boolean({description: 'tell what would be refused or wait, and create nothing'}),
  }
  static override args = {
    space: string({description: 'DB/SPACE', required: true}),
    schema: string({description: 'JSON, @FILE, or - for stdin', default: '-'}),
  }

  async run(): Promise<Result<unknown>> {
    const {space, schema = '-'} = this.args
    const text = await this.session.whileAsking(() => contentOf(schema, this.env.disk))
    const [name, body] = [spaceNamed(space), new TextDecoder().decode(text)]
    return this.flags.check ? this.#check(name, body) : this.ask(createSpace(name, body))
  }

  async #check(name: SpaceName, body: string): Promise<Result<CreationRow>> {
    const {checkSpace} = await import('../../src/admin/entities/check-space.js')
    return shown(await checkSpace(this.session, name, body), creationView(await this.catalogue()))
  }
}

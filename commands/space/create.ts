import {createSpace} from '../../src/admin/entities/requests.js'
import {spaceNamed} from '../../src/admin/entities/space-row.js'
import {contentOf} from '../../src/cli/content.js'
import {string} from '../../src/cli/parameters/args.js'
import {RequestCommand} from '../../src/cli/request-command.js'
import type {Result} from '../../src/cli/view.js'

export default class SpaceCreate extends RequestCommand<typeof SpaceCreate> {
  static override summary = 'Have the masters create a space.'
  static override description =
    'The schema is the body that POST /dbs/DB/spaces takes: fields, partition_num, replica_num and so on. It may leave out the name.'
  static override examples = [
    '<%= config.bin %> space create web/images @images.json',
    '<%= config.bin %> space create web/images @images.json --dry-run',
  ]
  static override args = {
    space: string({description: 'DB/SPACE', required: true}),
    schema: string({description: 'JSON, @FILE, or - for stdin', default: '-'}),
  }

  async run(): Promise<Result<unknown>> {
    const {space, schema = '-'} = this.args
    const text = await this.session.whileAsking(() => contentOf(schema, this.env.disk))
    return this.ask(createSpace(spaceNamed(space), new TextDecoder().decode(text)))
  }
}

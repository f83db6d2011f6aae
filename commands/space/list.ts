import {listSpaces, type SpaceRow} from '../../src/admin/entities/space-row.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {spaceView} from '../../src/cli/entity-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class SpaceList extends BaseCommand<typeof SpaceList> {
  static override summary = 'List the spaces, of all dbs or of one.'
  static override description =
    'From the metadata, so also of a snapshot and at an old revision. ENABLED –: it is being created.'
  static override examples = [
    '<%= config.bin %> space list',
    '<%= config.bin %> space list web --filter "replicas < 3"',
  ]
  static override args = {db: string({description: 'only of this db'})}

  async run(): Promise<Result<SpaceRow>> {
    return shown(await listSpaces(await this.session.reading(), this.args.db ?? null), spaceView)
  }
}

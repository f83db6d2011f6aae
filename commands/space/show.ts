import {type SpaceRow, showSpace} from '../../src/admin/entities/space-row.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {spaceView} from '../../src/cli/entity-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class SpaceShow extends BaseCommand<typeof SpaceShow> {
  static override summary = 'Show one space; all of its record in JSON and YAML.'
  static override description = 'From the metadata, so also of a snapshot and at an old revision.'
  static override examples = ['<%= config.bin %> space show web/images -o yaml']
  static override args = {space: string({description: 'DB/SPACE', required: true})}

  async run(): Promise<Result<SpaceRow>> {
    return shown(await showSpace(await this.session.reading(), this.args.space), spaceView)
  }
}

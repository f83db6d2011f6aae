import {getSpaceConfig} from '../../../src/admin/entities/space-config.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {settingView} from '../../../src/cli/entity-view.js'
import {string} from '../../../src/cli/parameters/args.js'
import {type Result, shown} from '../../../src/cli/view.js'

export default class SpaceConfigGet extends BaseCommand<typeof SpaceConfigGet> {
  static override summary =
    'Show the engine settings of a space that were changed; the others are what its schema and the servers say.'
  static override examples = ['<%= config.bin %> space config get web/images']
  static override args = {space: string({description: 'DB/SPACE', required: true})}

  async run(): Promise<Result<unknown>> {
    return shown(await getSpaceConfig(await this.session.reading(), this.args.space), settingView)
  }
}

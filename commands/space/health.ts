import type {SpaceHealthRow} from '../../src/admin/entities/space-health.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {spaceHealthView} from '../../src/cli/entity-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class SpaceHealth extends BaseCommand<typeof SpaceHealth> {
  static override summary = 'Ask the masters how a space is.'
  static override description =
    'They ask all of its partitions. Exit code 0: green; 10: yellow; 11: red. See health for the whole cluster.'
  static override examples = ['<%= config.bin %> space health web/images']
  static override args = {space: string({description: 'DB/SPACE', required: true})}

  async run(): Promise<Result<SpaceHealthRow>> {
    const {spaceHealth} = await import('../../src/admin/entities/space-health.js')
    return shown(await spaceHealth(this.session, this.args.space), spaceHealthView)
  }
}

import {type LimitRow, spaceLimits} from '../../src/admin/entities/space-limits.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {limitView} from '../../src/cli/entity-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class SpaceLimits extends BaseCommand<typeof SpaceLimits> {
  static override summary = 'Show what limits the use of a space, and which of its partitions take no more documents.'
  static override examples = ['<%= config.bin %> space limits web/images']
  static override args = {space: string({description: 'DB/SPACE', required: true})}

  async run(): Promise<Result<LimitRow>> {
    return shown(await spaceLimits(await this.session.reading(), this.args.space), limitView)
  }
}

import {keysOf} from '../../src/admin/entities/master-request.js'
import {deleteSpace} from '../../src/admin/entities/requests.js'
import {showSpace} from '../../src/admin/entities/space-row.js'
import {string} from '../../src/cli/parameters/args.js'
import {RequestCommand} from '../../src/cli/request-command.js'
import type {Result} from '../../src/cli/view.js'

export default class SpaceDelete extends RequestCommand<typeof SpaceDelete> {
  static override summary = 'Have the masters delete a space with all its documents.'
  static override description = 'The journal keeps its records; the documents are gone.'
  static override examples = ['<%= config.bin %> space delete web/images --dry-run']
  static override args = {space: string({description: 'DB/SPACE', required: true})}

  async run(): Promise<Result<unknown>> {
    const {rows} = await showSpace(await this.session.reading(), this.args.space)
    const keys = await keysOf(this.session)
    return this.ask(...rows.map((row) => deleteSpace(row, keys)))
  }
}

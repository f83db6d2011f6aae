import {type FieldRow, showSchema} from '../../src/admin/entities/space-row.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {fieldView} from '../../src/cli/entity-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class SpaceSchema extends BaseCommand<typeof SpaceSchema> {
  static override summary = 'Show the fields of a space and the index of each.'
  static override description = 'From the metadata, so also of a snapshot and at an old revision.'
  static override examples = ['<%= config.bin %> space schema web/images']
  static override args = {space: string({description: 'DB/SPACE', required: true})}

  async run(): Promise<Result<FieldRow>> {
    return shown(await showSchema(await this.session.reading(), this.args.space), fieldView)
  }
}

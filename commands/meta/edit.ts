import {BaseCommand} from '../../src/cli/base-command.js'
import {changedView} from '../../src/cli/change-view.js'
import {editText} from '../../src/cli/editor.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class MetaEdit extends BaseCommand<typeof MetaEdit> {
  static override summary = 'Open a record in $VISUAL or $EDITOR, and write what comes of it.'
  static override description =
    'It is written only if nobody changed it meanwhile; otherwise what you wrote is kept in a file, which the error names. The editor shows the record as it is, passwords too.'
  static override examples = [
    '<%= config.bin %> meta edit partition/7',
    'EDITOR="sed -i s/old/new/" <%= config.bin %> meta edit alias/pics --yes',
  ]
  static override args = {
    key: string({description: 'one that does not begin with / is within the cluster', required: true}),
  }

  async run(): Promise<Result<unknown>> {
    const {draftPath, editable, prepareEdit, keepingText} = await import('../../src/admin/meta/record-edit.js')
    const {applyChange} = await import('../../src/admin/meta/record-change.js')
    const record = await editable(await this.session.reading(), this.args.key)
    const path = draftPath(this.session, record)
    const text = await this.session.whileAsking(() => editText(record.text, path, this.environment))
    return keepingText({disk: this.env.disk, path}, async () => {
      const prepared = prepareEdit(record, text)
      if (prepared === null) return shown({rows: [], source: record.source, warnings: []}, changedView)
      return this.carryOut(prepared.plan, async (writer) => shown(await applyChange(writer, prepared), changedView))
    })
  }
}

import type {EditableRecord} from '../../src/admin/meta/record-edit.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changedView} from '../../src/cli/change-view.js'
import {editText} from '../../src/cli/editor.js'
import {say} from '../../src/cli/output.js'
import {string} from '../../src/cli/parameters/args.js'
import {type Result, shown} from '../../src/cli/view.js'
import {CodedError} from '../../src/errors/coded-error.js'

/** Who is overtaken as often as this competes with a program. */
const editsMax = 3

export default class MetaEdit extends BaseCommand<typeof MetaEdit> {
  static override summary = 'Open a record in $VISUAL or $EDITOR, and write what comes of it.'
  static override description =
    'It is written only if nobody changed it meanwhile. If somebody did, the editor opens again with both changes in it, and with both values of a field that both touched. What could not be written is kept in a file, which the error names. The editor shows the record as it is, passwords too.'
  static override examples = [
    '<%= config.bin %> meta edit partition/7',
    'EDITOR="sed -i s/old/new/" <%= config.bin %> meta edit alias/pics --yes',
  ]
  static override args = {
    key: string({description: 'one that does not begin with / is within the cluster', required: true}),
  }

  async run(): Promise<Result<unknown>> {
    const {draftPath, editable, keepingText} = await import('../../src/admin/meta/record-edit.js')
    const record = await editable(await this.session.reading(), this.args.key)
    const path = draftPath(this.session, record)
    const text = await this.#edited(record.text, path)
    return keepingText({disk: this.env.disk, path}, () => this.#write(record, text, path))
  }

  async #write(record: EditableRecord, text: string, path: string, edits = 1): Promise<Result<unknown>> {
    const {editable, editedMeanwhile, prepareEdit} = await import('../../src/admin/meta/record-edit.js')
    const {applyChange} = await import('../../src/admin/meta/record-change.js')
    const prepared = prepareEdit(record, text)
    if (prepared === null) return shown({rows: [], source: record.source, warnings: []}, changedView)
    try {
      return await this.carryOut(prepared.plan, async (writer) =>
        shown(await applyChange(writer, prepared), changedView),
      )
    } catch (thrown) {
      if (!isChangedMeanwhile(thrown) || edits === editsMax) throw thrown
      const now = await editable(await this.session.readAnew(), this.args.key)
      say(this.words.editAgain)
      const again = await this.#edited(editedMeanwhile(record, text, now), path)
      return this.#write(now, again, path, edits + 1)
    }
  }

  #edited(text: string, path: string): Promise<string> {
    return this.session.whileAsking(() => editText(text, path, this.environment))
  }
}

function isChangedMeanwhile(thrown: unknown): boolean {
  return thrown instanceof CodedError && thrown.errorName === 'GUARD_FAILED' && thrown.retryable
}

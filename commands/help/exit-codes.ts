import {BaseCommand} from '../../src/cli/base-command.js'
import {type ExitRow, exitRows, exitView} from '../../src/cli/exit-view.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class HelpExitCodes extends BaseCommand<typeof HelpExitCodes> {
  static override summary = 'Show what each exit code means; text and --json end with the same one.'
  static override examples = ['<%= config.bin %> help exit-codes']

  async run(): Promise<Result<ExitRow>> {
    return shown({rows: exitRows(this.words), source: null, warnings: []}, exitView)
  }
}

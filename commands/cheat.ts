import {BaseCommand} from '../src/cli/base-command.js'
import {type CheatLine, cheatSheet, cheatView} from '../src/cli/cheat-sheet.js'
import {string} from '../src/cli/parameters/args.js'
import {type Result, shown} from '../src/cli/view.js'

export default class Cheat extends BaseCommand<typeof Cheat> {
  static override summary = 'Show what is typed most, on one screen: pipes, variables, scripts, keys.'
  static override examples = ['<%= config.bin %> cheat', '<%= config.bin %> cheat pipe']
  static override args = {
    about: string({description: 'only lines about this', options: [...new Set(cheatSheet.map(({about}) => about))]}),
  }

  async run(): Promise<Result<CheatLine>> {
    const rows = cheatSheet.filter(({about}) => this.args.about === undefined || about === this.args.about)
    return shown({rows, source: null, warnings: []}, await cheatView(this.words.language))
  }
}

import {type Explanation, explain} from '../src/admin/explain.js'
import {BaseCommand} from '../src/cli/base-command.js'
import {explanationText, explanationView} from '../src/cli/explanation-view.js'
import {string} from '../src/cli/parameters/args.js'
import {type Result, shown} from '../src/cli/view.js'
import {keyNotesOf} from '../src/cli/words/language.js'

export default class Explain extends BaseCommand<typeof Explain> {
  static override summary = 'Explain a word: a key of the configuration file, a column, a state, a check of the doctor.'
  static override description = 'Without a word, a line for each that is known. No cluster is asked.'
  static override examples = [
    '<%= config.bin %> explain raft_retain_logs',
    '<%= config.bin %> explain lag',
    '<%= config.bin %> explain leaderless',
    '<%= config.bin %> explain --filter \'of == "answer"\'',
  ]
  static override args = {field: string({description: 'as it stands in the file, in the answer or in the record'})}

  async run(): Promise<Result<Explanation>> {
    const {field = null} = this.args
    const [catalogue, notes] = await Promise.all([this.catalogue(), keyNotesOf(this.words.language)])
    const rows = explain(field, {catalogue, notes})
    const result = shown({rows, source: null, warnings: []}, explanationView)
    return field === null ? result : {...result, text: explanationText(rows)}
  }
}

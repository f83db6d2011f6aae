import {BaseCommand} from '../src/cli/base-command.js'
import {carriedFlags} from '../src/cli/carried-flags.js'
import {string} from '../src/cli/parameters/args.js'
import {boolean} from '../src/cli/parameters/flags.js'
import {linesOf, runScript} from '../src/cli/repl/script.js'
import type {Result} from '../src/cli/view.js'

export default class Run extends BaseCommand<typeof Run> {
  static override summary = 'Run a file of commands in one process, which keeps its connections.'
  static override description =
    `One command a line, as at the prompt of vearchctl repl: with pipes, variables, loops and # comments; a line that ends in a bar or a backslash goes on. Flags given here hold for each line. Ends with the code of the last line that failed.

set -e, or -e, ends the file at its first line that fails.`
  static override examples = [
    '<%= config.bin %> run nightly.vc',
    '<%= config.bin %> run drain.vc -e --context prod --yes',
    'echo "node list | count" | <%= config.bin %> run -',
  ]
  static override args = {file: string({description: 'file of commands, or - for stdin', required: true})}
  static override flags = {'stop-at-errors': boolean({char: 'e', description: 'end at the first line that fails'})}

  async run(): Promise<Result<unknown>> {
    return runScript(await linesOf(this.args.file, this.env.disk), {
      commands: this.commands,
      environment: this.environment,
      carried: carriedFlags(this.globals, this.typedFlags),
      words: this.words,
      clock: this.env.clock,
      interrupt: this.interrupt,
      stopsAtErrors: this.flags['stop-at-errors'],
    })
  }
}

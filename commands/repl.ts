import {stateDirectory} from '../src/admin/changes/journal.js'
import {BaseCommand} from '../src/cli/base-command.js'
import {carriedFlags} from '../src/cli/carried-flags.js'
import {string} from '../src/cli/parameters/flags.js'
import {linesOf} from '../src/cli/repl/script.js'
import {startRepl} from '../src/cli/repl/start-repl.js'
import type {Result} from '../src/cli/view.js'

export default class Repl extends BaseCommand<typeof Repl> {
  static override summary = 'Type commands at a prompt: with history, completion, pipes and variables.'
  static override description =
    `The same as vearchctl alone on a terminal. Commands are those of the command line, without vearchctl before them; they are loaded once and keep their connections. Flags given here hold for each of them.

Tab completes commands, flags, ids and names of the cluster. Ctrl-C ends the command, not the session; Ctrl-D leaves. A line that begins with a space is not kept in the history. Lines of -e or -f, or of stdin where it is no terminal, are run as a script, which ends at its first line that fails unless set -k stands before it. vearchctl cheat shows pipes and variables.`
  static override examples = [
    '<%= config.bin %> repl',
    '<%= config.bin %> repl --context prod --read-only',
    '<%= config.bin %> repl -e "partitions list | where state != \\"ok\\" | select id leader"',
    'echo "partitions list | group by state" | <%= config.bin %> repl',
  ]

  static override flags = {
    execute: string({
      char: 'e',
      description: 'run this line, and end; may be said again for the next one',
      helpValue: 'LINE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    file: string({
      char: 'f',
      description: 'run the lines of a file, and end',
      helpValue: 'FILE',
      exclusive: ['execute'],
    }),
  }

  async run(): Promise<Result<unknown>> {
    const {execute, file} = this.flags
    return startRepl({
      lines: file === undefined ? (execute ?? null) : await linesOf(file, this.env.disk),
      commands: this.commands,
      environment: this.environment,
      carried: carriedFlags(this.globals, this.typedFlags),
      contexts: this.contexts,
      stateDirectory: stateDirectory(this.environment),
      env: this.env,
      clock: this.env.clock,
      words: this.words,
      interrupt: () => this.interrupt,
    })
  }
}

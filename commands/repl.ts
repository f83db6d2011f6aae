import {stateDirectory} from '../src/admin/changes/journal.js'
import {BaseCommand} from '../src/cli/base-command.js'
import {carriedFlags} from '../src/cli/carried-flags.js'
import {startRepl} from '../src/cli/repl/start-repl.js'
import type {Result} from '../src/cli/view.js'

export default class Repl extends BaseCommand<typeof Repl> {
  static override summary = 'Type commands at a prompt: with history, completion, pipes and variables.'
  static override description =
    `The same as vearchctl alone on a terminal. Commands are those of the command line, without vearchctl before them; they are loaded once and keep their connections. Flags given here hold for each of them.

Tab completes commands, flags, ids and names of the cluster. Ctrl-C ends the command, not the session; Ctrl-D leaves. A line that begins with a space is not kept in the history. Where stdin is no terminal its lines are run as a script, which ends at its first line that fails unless set -k stands before it. vearchctl cheat shows pipes and variables.`
  static override examples = [
    '<%= config.bin %> repl',
    '<%= config.bin %> repl --context prod --read-only',
    'echo "partitions list | group by state" | <%= config.bin %> repl',
  ]

  run(): Promise<Result<unknown>> {
    return startRepl({
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

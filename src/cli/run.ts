/**
 * From the words of a command line to a finished command.
 *
 * Global flags may stand before the command, a wrong word gets the nearest right one, and every end has its exit code (`vearchctl
 * help exit-codes`). The command line library judges lines that are out of the ordinary; it is loaded for
 * that alone.
 *
 * Reading order: `command-line.ts` (what the words mean), this, `command-set.ts` (which commands there are), `base-command.ts` (what a
 * command is), `parameters/parse.ts`, `help/help.ts`, `failure.ts`.
 */
import {systemClock} from '../env/clock.js'
import {CodedError} from '../errors/coded-error.js'
import {understand} from './command-line.js'
import {CommandSet} from './command-set.js'
import {failureOf, reportFailure} from './failure.js'
import {isInteractive, tolerateClosedPipes} from './output.js'
import {wordsFor} from './words/language.js'
import type {Words} from './words/words.js'

/** Longer than any pause that a stop allows itself. */
const lastWaitMs = 10_000

/** Sets the process's exit code. */
export async function runCommandLine(argv: readonly string[], root: string): Promise<void> {
  tolerateClosedPipes()
  const words = wordsFor(argv, process.env)
  const finished = breakSilence(argv, words)
  try {
    const commands = await CommandSet.read(root)
    await runWords(commands, isBare(argv) ? ['repl'] : argv, words)
  } catch (thrown) {
    const failure = failureOf(thrown, words)
    process.exitCode = failure.exit
    await reportFailure(failure, argv, words)
    if (argv.includes('--debug') && thrown instanceof Error) process.stderr.write(`${thrown.stack}\n`)
  } finally {
    finished()
  }
}

/**
 * Deadlines do not hold the process: one that waits for nothing else would end in the middle of its command, without a
 * word. It is held until they have passed; if the command is not done then, it never will be, and that is said.
 */
function breakSilence(argv: readonly string[], words: Words): () => void {
  let held = false
  const onIdle = () => {
    if (!held) {
      held = true
      void systemClock.sleep(lastWaitMs)
      return
    }
    finished()
    const failure = failureOf(new Error('the command waits for something that will never come'), words)
    process.exitCode = failure.exit
    void reportFailure(failure, argv, words)
  }
  const finished = () => void process.removeListener('beforeExit', onIdle)
  process.on('beforeExit', onIdle)
  return finished
}

/** `vearchctl` alone: a person at a terminal gets the REPL, anything else the help. */
function isBare(argv: readonly string[]): boolean {
  return argv.length === 0 && isInteractive() && process.stdout.isTTY === true
}

/** On the host that is current, or as the shell's. */
export async function runWords(commands: CommandSet, argv: readonly string[], words: Words): Promise<void> {
  const meaning = understand(argv, commands)
  switch (meaning.type) {
    case 'command':
      return commands.run(meaning.id, meaning.argv)
    case 'help':
      return (await import('./help/show-help.js')).showHelp(meaning.id, await commands.documented(), words)
    case 'unknown':
      throw new CodedError('USAGE', words.noCommand(meaning.words), {
        hint:
          meaning.nearest === null
            ? words.seeHelp('vearchctl --help')
            : words.didYouMean(`vearchctl ${meaning.nearest}`),
      })
  }
}

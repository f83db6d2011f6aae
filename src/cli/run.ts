/**
 * From the words of a command line to a finished command.
 *
 * The command line library finds, parses and documents commands; what is ours is around it: global flags may stand before
 * the command, a wrong word gets the nearest right one, and every end has its exit code (`vearchctl help exit-codes`).
 *
 * Reading order: `command-line.ts` (what the words mean), this, `base-command.ts` (what a command is), `failure.ts`.
 */
import {Config} from '@oclif/core/config'
import {systemClock} from '../env/clock.js'
import {CodedError} from '../errors/coded-error.js'
import {type Known, understand} from './command-line.js'
import {failureOf, reportFailure} from './failure.js'
import type {Language} from './global-flags.js'
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
    const config = await Config.load({root, userPlugins: false, jitPlugins: false})
    await runWords(config, isBare(argv) ? ['repl'] : argv, words)
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

/** On the host that is current; on a shell's where there is none. */
export async function runWords(config: Config, argv: readonly string[], words: Words): Promise<void> {
  const meaning = understand(argv, knownCommands(config))
  switch (meaning.type) {
    case 'command':
      await config.runCommand(meaning.id, [...meaning.argv])
      return
    case 'help': {
      const Help = await helpIn(words.language)
      await new Help(config, {docopts: false, stripAnsi: (process.env.NO_COLOR ?? '') !== ''}).showHelp([
        ...meaning.subject,
      ])
      return
    }
    case 'unknown':
      throw new CodedError('USAGE', words.noCommand(meaning.words), {
        hint: meaning.nearest === null ? words.seeHelp : words.didYouMean(`vearchctl ${meaning.nearest}`),
      })
  }
}

async function helpIn(language: Language) {
  if (language === 'zh') return (await import('./words/chinese/help.js')).ChineseHelp
  return (await import('@oclif/core/help')).Help
}

function knownCommands(config: Config): Known {
  return {commands: new Set(config.commandIDs), suggestions: config.commands.map(({id}) => id)}
}

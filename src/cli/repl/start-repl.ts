import {CodedError} from '../../errors/coded-error.js'
import type {CarriedFlags} from '../carried-flags.js'
import {currentHost} from '../host.js'
import {isInteractive} from '../output.js'
import type {Result} from '../view.js'
import {Interpreter, type InterpreterOptions} from './interpreter.js'
import {Repl, type ReplOptions} from './repl.js'
import {ReplHost} from './repl-host.js'
import {resultOf} from './rows-view.js'
import {type Lines, runScript, stdinLines} from './script.js'
import {SessionFlags} from './session-flags.js'

type Options = Omit<InterpreterOptions, 'carried'> &
  Omit<ReplOptions, 'interpreter' | 'flags'> & {
    readonly carried: CarriedFlags
    /** Run instead of what is typed; null: that. */
    readonly lines: Lines | null
    readonly interrupt: () => AbortSignal
  }

/** A person gets the prompt; lines from elsewhere are a script. Errors: USAGE within the REPL. */
export async function startRepl(options: Options): Promise<Result<unknown>> {
  if (currentHost.getStore() instanceof ReplHost) throw new CodedError('USAGE', 'this is the REPL already')
  if (options.lines !== null || !isInteractive()) {
    return runScript(options.lines ?? stdinLines(), {...options, interrupt: options.interrupt(), stopsAtErrors: true})
  }
  const flags = new SessionFlags(options.carried, options.contexts)
  await new Repl({...options, flags, interpreter: new Interpreter({...options, carried: () => flags.all})}).run()
  return {...resultOf([]), isShown: true}
}

import {CodedError} from '../../errors/coded-error.js'
import {currentHost} from '../host.js'
import {isInteractive} from '../output.js'
import type {Result} from '../view.js'
import {Interpreter, type InterpreterOptions} from './interpreter.js'
import {Repl, type ReplOptions} from './repl.js'
import {ReplHost} from './repl-host.js'
import {resultOf} from './rows-view.js'
import {runScript, stdinLines} from './script.js'

type Options = InterpreterOptions & Omit<ReplOptions, 'interpreter'> & {readonly interrupt: () => AbortSignal}

/** A person gets the prompt; lines from elsewhere are a script. Errors: USAGE within the REPL. */
export async function startRepl(options: Options): Promise<Result<unknown>> {
  if (currentHost.getStore() instanceof ReplHost) throw new CodedError('USAGE', 'this is the REPL already')
  if (!isInteractive()) return runScript(stdinLines(), {...options, interrupt: options.interrupt()})
  await new Repl({...options, interpreter: new Interpreter(options)}).run()
  return {...resultOf([]), isShown: true}
}

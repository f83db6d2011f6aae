import {CodedError} from '../../errors/coded-error.js'
import {exitNameOf} from '../../errors/codes.js'
import {currentHost} from '../host.js'
import {isInteractive} from '../output.js'
import type {Result} from '../view.js'
import {Interpreter, type InterpreterOptions} from './interpreter.js'
import {Repl, type ReplOptions} from './repl.js'
import {ReplHost} from './repl-host.js'
import {resultOf} from './rows-view.js'
import {linesOf, runScript} from './script.js'

type Options = InterpreterOptions & Omit<ReplOptions, 'interpreter'> & {readonly interrupt: () => AbortSignal}

/** A person gets the prompt; lines from elsewhere are a script. Errors: USAGE within the REPL. */
export async function startRepl(options: Options): Promise<Result<unknown>> {
  if (currentHost.getStore() instanceof ReplHost) throw new CodedError('USAGE', 'this is the REPL already')
  const interpreter = new Interpreter(options)
  if (isInteractive()) {
    await new Repl({...options, interpreter}).run()
    return {...resultOf([]), isShown: true}
  }
  try {
    const exit = await runScript(linesOf(process.stdin), interpreter, options.interrupt())
    return {...resultOf([]), isShown: true, exit: exitNameOf(exit)}
  } finally {
    await interpreter.close()
  }
}

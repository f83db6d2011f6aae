/**
 * Lines from a file or a pipe: the same language as at the prompt, with `#` comments and `set -e`.
 */
import {createInterface} from 'node:readline'
import {readText} from '../../admin/text-file.js'
import type {Disk} from '../../env/disk.js'
import {exitCode, exitNameOf} from '../../errors/codes.js'
import type {CarriedFlags} from '../carried-flags.js'
import type {Result} from '../view.js'
import {Interpreter, type InterpreterOptions} from './interpreter.js'
import {isIncomplete} from './line.js'
import {resultOf} from './rows-view.js'

export interface ScriptOptions extends Omit<InterpreterOptions, 'carried'> {
  readonly carried: CarriedFlags
  readonly interrupt: AbortSignal
  readonly stopsAtErrors?: boolean
}

export type Lines = AsyncIterable<string> | Iterable<string>

/** `-` is stdin. Errors: NOT_FOUND. */
export async function linesOf(path: string, disk: Disk): Promise<Lines> {
  return path === '-' ? stdinLines() : (await readText(disk, path)).split(/\r?\n/)
}

export function stdinLines(): AsyncIterable<string> {
  return createInterface({input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY})
}

/** Each line shows what it has to show; what is returned is how they ended. */
export async function runScript(
  lines: Lines,
  {interrupt, stopsAtErrors = false, carried, ...options}: ScriptOptions,
): Promise<Result<unknown>> {
  const interpreter = new Interpreter({...options, carried: () => carried})
  interpreter.stopsAtErrors = stopsAtErrors
  try {
    const exit = await runLines(lines, interpreter, interrupt)
    return {...resultOf([]), isShown: true, exit: exitNameOf(exit)}
  } finally {
    await interpreter.close()
  }
}

/** The exit code: of the line that ended it on `set -e` or by an interrupt, else of the last line that failed. */
async function runLines(lines: Lines, interpreter: Interpreter, interrupt: AbortSignal): Promise<number> {
  let exit: number = exitCode.ok
  let begun = ''
  for await (const line of lines) {
    const text = begun + line
    if (isIncomplete(text)) {
      begun = `${text}\n`
      continue
    }
    begun = ''
    const ended = await interpreter.run(text, interrupt)
    if (ended === exitCode.ok) continue
    exit = ended
    if (interpreter.stopsAtErrors || interrupt.aborted) return exit
  }
  return begun === '' ? exit : interpreter.run(begun, interrupt)
}

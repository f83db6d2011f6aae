/**
 * Lines from a file or a pipe: the same language as at the prompt, with `#` comments and `set -e`.
 */
import {createInterface} from 'node:readline'
import type {Readable} from 'node:stream'
import {exitCode} from '../../errors/codes.js'
import type {Interpreter} from './interpreter.js'
import {isIncomplete} from './line.js'

/** The exit code: of the line that ended it on `set -e` or by an interrupt, else of the last line that failed. */
export async function runScript(
  lines: AsyncIterable<string>,
  interpreter: Interpreter,
  interrupt: AbortSignal,
): Promise<number> {
  let exit: number = exitCode.ok
  let begun = ''
  for await (const line of lines) {
    const text = begun + line
    if (isIncomplete(text)) {
      begun = `${text.replace(/\\$/, '')}\n`
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

export function linesOf(stream: Readable): AsyncIterable<string> {
  return createInterface({input: stream, crlfDelay: Number.POSITIVE_INFINITY})
}

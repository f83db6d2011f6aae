/**
 * `--watch`: the same command again and again. A terminal is painted anew; what is no terminal gets a JSON line for each row
 * that has come, changed or gone. Once there was an answer, one that fails does not end it: that is said, and the next one is
 * waited for.
 */
import type {Env} from '../env/env.js'
import {toCodedError} from '../errors/coded-error.js'
import {jsonText} from './json-text.js'
import {say, write} from './output.js'
import {chosenRows, type PresentOptions, present} from './present.js'
import type {Result} from './view.js'

export interface WatchOptions {
  readonly everyMs: number
  readonly presentation: PresentOptions
  readonly env: Pick<Env, 'clock'>
  readonly signal: AbortSignal
}

const clearScreen = '\u001B[H\u001B[2J\u001B[3J'

export async function watchRows(run: () => Promise<Result<unknown>>, options: WatchOptions): Promise<void> {
  const {everyMs, presentation, env, signal} = options
  const isForJson = process.stdout.isTTY !== true || presentation.format === 'json'
  let known: ReadonlyMap<string, string> | null = null
  let hasAnswered = false
  let closed = false
  process.stdout.once('error', () => {
    closed = true
  })
  while (!signal.aborted && !closed) {
    try {
      const result = await run()
      if (isForJson) known = await writeChanges(result, known, presentation)
      else {
        await write(clearScreen)
        await present(result, presentation)
      }
      hasAnswered = true
    } catch (thrown) {
      if (signal.aborted) return
      if (!hasAnswered) throw thrown
      say(`${presentation.words.error}: ${toCodedError(thrown).detail}`)
    }
    await env.clock.sleep(everyMs, signal).catch(() => {})
  }
}

async function writeChanges(
  result: Result<unknown>,
  known: ReadonlyMap<string, string> | null,
  presentation: PresentOptions,
): Promise<ReadonlyMap<string, string>> {
  const {rows} = chosenRows(result, presentation)
  const now = new Map(rows.map((row) => [result.view.name(row), jsonText(row)]))
  const lines: string[] = []
  for (const [name, row] of now) {
    const before = known?.get(name)
    if (before !== row) lines.push(`{"event":"${before === undefined ? 'added' : 'changed'}","row":${row}}`)
  }
  for (const [name, row] of known ?? []) if (!now.has(name)) lines.push(`{"event":"removed","row":${row}}`)
  if (lines.length > 0) await write(`${lines.join('\n')}\n`)
  return now
}

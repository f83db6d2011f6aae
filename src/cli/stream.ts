/**
 * Rows that come one by one, for as long as somebody looks: JSON lines for programs, lines with the same columns for people.
 * A reader that has gone (`| head`) ends it.
 */
import type {Clock} from '../env/clock.js'
import {CodedError} from '../errors/coded-error.js'
import {write} from './output.js'
import {chosenRows, type PresentOptions, resultText} from './present.js'
import type {View} from './view.js'

export interface StreamOptions {
  readonly presentation: PresentOptions
  readonly clock: Pick<Clock, 'after'>
  readonly interrupt: AbortSignal
  /** Who owes the rows. */
  readonly whom: string
  /** Null: until it is interrupted. */
  readonly forMs: number | null
}

export async function streamRows<Row>(
  rows: (signal: AbortSignal) => AsyncIterable<Row>,
  view: View<Row>,
  {presentation, clock, whom, interrupt, forMs}: StreamOptions,
): Promise<void> {
  const over = new AbortController()
  const end = () => over.abort()
  let isLate = false
  const expire = () => {
    isLate = true
    end()
  }
  const timer = forMs === null ? null : clock.after(forMs, expire)
  process.stdout.once('error', end)
  const signal = AbortSignal.any([interrupt, over.signal])
  const {format, limit} = presentation
  const isForJson = format === 'json' || format === 'yaml' || (format === 'table' && process.stdout.isTTY !== true)
  let count = 0
  try {
    for await (const row of rows(signal)) {
      const one = {rows: [row], source: null, warnings: [], view}
      const chosen = chosenRows(one, {...presentation, sort: null, limit: null})
      if (chosen.rows.length === 0) continue
      const headers = presentation.headers && count === 0
      const options = {...presentation, headers, ...(isForJson ? ({format: 'jsonl'} as const) : {})}
      await write(await resultText({...one, rows: chosen.rows}, options))
      count += 1
      if (count === limit) break
    }
  } catch (thrown) {
    // what has begun ends quietly when its time is over; what was cut short had not had its first answer yet
    if (isLate && !interrupt.aborted)
      throw new CodedError('TIMEOUT', `${whom} gave no answer within ${forMs} ms`, {cause: thrown})
    throw thrown
  } finally {
    timer?.cancel()
    process.stdout.removeListener('error', end)
  }
}

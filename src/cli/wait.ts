/**
 * Waiting until something is so: the same rows are read again and again, until what is asked for is true of each of them.
 *
 * Metadata that cannot be read for a while is not the end of it: it may be just what is waited out.
 */
import type {Clock} from '../env/clock.js'
import {CodedError} from '../errors/coded-error.js'
import {filterRows} from './row-fields.js'
import type {Result} from './view.js'

export interface Waiting {
  /** An expression over the fields of a row; null: until there is no row. */
  readonly until: string | null
  /** The rows that are meant; null: all. */
  readonly filter: string | null
  /** The one row that is meant. */
  readonly name: string | null
  readonly timeoutMs: number
  readonly clock: Pick<Clock, 'sleep' | 'after' | 'nowMs'>
  readonly signal: AbortSignal
}

const everyMs = 500
const namedMax = 5

/** The rows for which it came true. Errors: TIMEOUT with the exit `timedOut`; USAGE for an expression that is none. */
export async function waitFor<Row>(read: () => Promise<Result<Row>>, waiting: Waiting): Promise<Result<Row>> {
  const {clock, timeoutMs} = waiting
  const over = new AbortController()
  const signal = AbortSignal.any([waiting.signal, over.signal])
  let standing = 'nobody has answered'
  const look = async (): Promise<Result<Row>> => {
    for (;;) {
      signal.throwIfAborted()
      try {
        const result = await read()
        const missing = missingIn(result, waiting)
        if (missing === null) return {...result, rows: meant(result, waiting), warnings: [], exit: 'ok'}
        standing = missing
      } catch (thrown) {
        if (!isPassing(thrown)) throw thrown
        standing = thrown.detail
      }
      await clock.sleep(everyMs, signal)
    }
  }
  const late = new Promise<never>((_, reject) => {
    const timer = clock.after(timeoutMs, () => {
      over.abort()
      reject(
        new CodedError('TIMEOUT', `after ${timeoutMs} ms still not: ${standing}`, {
          exit: 'timedOut',
          hint: 'wait longer with --timeout 10m',
        }),
      )
    })
    signal.addEventListener('abort', () => timer.cancel(), {once: true})
  })
  try {
    return await Promise.race([look(), late])
  } finally {
    over.abort()
  }
}

function meant<Row>({rows, view}: Result<Row>, {filter, name}: Waiting): readonly Row[] {
  const filtered = filter === null ? rows : filterRows(rows, view, filter)
  return name === null ? filtered : filtered.filter((row) => view.name(row) === name)
}

/** What is not as it should be; null: all is. */
function missingIn<Row>(result: Result<Row>, waiting: Waiting): string | null {
  const rows = meant(result, waiting)
  const {until} = waiting
  const {view} = result
  const names = (some: readonly Row[]) =>
    `${some
      .slice(0, namedMax)
      .map((row) => view.name(row))
      .join(', ')}${some.length > namedMax ? ', …' : ''}`
  if (until === null) return rows.length === 0 ? null : `there is ${names(rows)}`
  if (rows.length === 0) return 'there is none'
  const fulfilled = new Set(filterRows(rows, view, until))
  const others = rows.filter((row) => !fulfilled.has(row))
  return others.length === 0 ? null : `${names(others)} (${others.length} of ${rows.length})`
}

function isPassing(thrown: unknown): thrown is CodedError {
  return thrown instanceof CodedError && ['META_UNREACHABLE', 'TIMEOUT'].includes(thrown.errorName)
}

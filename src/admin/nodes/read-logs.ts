/** The logs that nodes of this machine have written, merged by time. They are JSON lines, in the `log` directory of each configuration. */
import {join} from 'node:path'
import {isObject, parseJson} from '../../entity/json.js'
import type {Disk} from '../../env/disk.js'
import type {Listing} from '../listing.js'

export interface LogLine {
  /** The file's name without its directory: `PS.INFO.log`. */
  readonly file: string
  readonly time: string
  readonly level: string
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type LogLevel = (typeof logLevels)[number]

export interface LogFilter {
  /** This and worse. */
  readonly level: LogLevel
  /** Wall milliseconds. */
  readonly sinceMs: number | null
  readonly pattern: RegExp | null
  readonly partition: number | null
  /** The last ones. */
  readonly linesMax: number
}

/** What is no log line of ours is counted in a warning. */
export async function readLogs(
  disk: Disk,
  directories: readonly string[],
  filter: LogFilter,
): Promise<Listing<LogLine>> {
  const found: LogLine[] = []
  let strange = 0
  for (const directory of directories) {
    for (const file of (await disk.list(directory)).filter((name) => name.endsWith('.log'))) {
      const text = new TextDecoder().decode((await disk.readFile(join(directory, file))) ?? new Uint8Array())
      for (const line of text.split('\n').filter((each) => each !== '')) {
        const parsed = lineIn(file, line)
        if (parsed === null) strange++
        else if (matches(parsed, line, filter)) found.push(parsed)
      }
    }
  }
  found.sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)))
  const warnings = strange === 0 ? [] : [`${strange} lines are not log lines of ours`]
  return {rows: found.slice(-filter.linesMax), source: directories.join(', '), warnings, exit: 'ok'}
}

function lineIn(file: string, line: string): LogLine | null {
  try {
    const record = parseJson(line)
    if (!isObject(record)) return null
    const {time, level, event, ...fields} = record
    if (typeof time !== 'string' || typeof level !== 'string') return null
    return {file, time, level, event: String(event ?? ''), fields}
  } catch {
    return null
  }
}

function matches({time, level, fields}: LogLine, line: string, filter: LogFilter): boolean {
  const {partition, pattern, sinceMs} = filter
  return (
    logLevels.indexOf(level as LogLevel) >= logLevels.indexOf(filter.level) &&
    (sinceMs === null || Date.parse(time) >= sinceMs) &&
    (partition === null || Number(fields.partitionId) === partition) &&
    (pattern === null || pattern.test(line))
  )
}

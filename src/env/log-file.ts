/**
 * The log of a running node: JSON lines in `<directory>/<STEM>.<LEVEL>.log`, rotated by size, and on request short lines
 * for people on stderr.
 *
 * Logging never stops the work: lines that cannot be written (the disk is full, or slower than the lines come) are counted,
 * dropped, and owned up to once the file can be written again.
 */
import {basename, dirname, join} from 'node:path'
import {type Logger, pino} from 'pino'
import {createStream, type RotatingFileStream} from 'rotating-file-stream'
import {type Log, type LogFields, type LogLevel, logLevels} from './log.js'

export interface LogFileOptions {
  readonly directory: string
  /** The roles in upper case, joined by `-`: `ALL`, `MASTER-PS`. */
  readonly stem: string
  readonly level: 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'PANIC' | 'FATAL'
  /** Rotated files kept beside the current one. */
  readonly files: number
  readonly sizeMiB: number
  readonly toConsole: boolean
}

export interface OpenLog extends Log {
  /** The current file. */
  readonly path: string
  /** Lines below it are not written; it can be changed while the node runs. */
  level: LogLevel
  /** Writes out what is buffered; later lines go nowhere. Idempotent. */
  close(): Promise<void>
}

/** Bytes of lines that wait for the disk. */
const bufferedBytesMax = 16 * 1024 * 1024
/** Between two attempts to open a file that could not be written. */
const reopenMs = 5_000
const causesMax = 5
const eventWidth = 28

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error'

export function openLog(options: LogFileOptions): OpenLog {
  const file = new RotatingFile(options)
  const level = options.level === 'PANIC' || options.level === 'FATAL' ? 'fatal' : options.level.toLowerCase()
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {level: (label) => ({level: label})},
    },
    file,
  )
  file.onLost = (lines) => logger.warn({event: 'log.lines.lost', lines})
  return {
    ...jsonLog(logger, options.toConsole, {}),
    path: file.path,
    get level() {
      return logLevels.find((name) => name === logger.level) ?? 'info'
    },
    set level(name) {
      logger.level = name
    },
    close: () => file.close(),
  }
}

function jsonLog(logger: Logger, toConsole: boolean, fields: LogFields): Log {
  const line =
    (level: Level) =>
    (event: string, more: LogFields = {}): void => {
      if (!logger.isLevelEnabled(level)) return
      const entries = Object.entries({...fields, ...more}).map(([key, value]) => [key, plain(value)] as const)
      const all = Object.fromEntries(entries)
      logger[level]({event, ...all})
      if (toConsole) process.stderr.write(consoleLine(level, event, all))
    }
  return {
    trace: line('trace'),
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: (more) => jsonLog(logger, toConsole, {...fields, ...more}),
  }
}

/** The current file, and a new one in its place when it breaks. */
class RotatingFile {
  onLost: (lines: number) => void = () => {}
  readonly path: string
  readonly #options: LogFileOptions
  #stream: RotatingFileStream | null
  #brokenAtMs = 0
  #lost = 0
  #closed: Promise<void> | null = null

  constructor(options: LogFileOptions) {
    this.#options = options
    this.path = join(options.directory, `${options.stem}.${options.level}.log`)
    this.#stream = this.#open()
  }

  write(line: string): void {
    if (this.#closed !== null) return
    if (this.#stream === null && Date.now() - this.#brokenAtMs >= reopenMs) this.#stream = this.#open()
    if (this.#stream === null || this.#stream.writableLength > bufferedBytesMax) {
      this.#lost += 1
      return
    }
    const lost = this.#lost
    this.#lost = 0
    if (lost > 0) this.onLost(lost)
    this.#stream.write(line, (error) => {
      if (error) this.#lost += 1
    })
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      if (this.#stream === null) return resolve()
      this.#stream.once('error', () => resolve())
      this.#stream.end(() => resolve())
    })
    return this.#closed
  }

  #open(): RotatingFileStream {
    const {files, sizeMiB} = this.#options
    const name = basename(this.path)
    const stream = createStream(
      (rotation) => (typeof rotation === 'number' && rotation > 0 ? `${name}.${rotation}` : name),
      {
        path: dirname(this.path),
        size: `${sizeMiB}M`,
        rotate: files,
      },
    )
    stream.on('error', () => {
      if (this.#stream !== stream) return
      this.#stream = null
      this.#brokenAtMs = Date.now()
      stream.destroy()
    })
    return stream
  }
}

/** Errors as data: JSON knows nothing of their message, code and cause. */
function plain(value: unknown, depth = 0): unknown {
  if (!(value instanceof Error)) return value
  const {name, message, stack, cause} = value
  const own = Object.fromEntries(Object.entries(value).filter(([, property]) => property !== undefined))
  const code = 'code' in value ? {code: value.code} : {}
  const because = cause === undefined || depth === causesMax ? {} : {cause: plain(cause, depth + 1)}
  return {name, message, ...code, ...own, ...because, stack}
}

function consoleLine(level: Level, event: string, fields: LogFields): string {
  const time = new Date().toISOString().slice(11, 23)
  const words = Object.entries(fields).map(([key, value]) => `${key}=${consoleValue(value)}`)
  return `${`${time} ${level.toUpperCase().padEnd(5)} ${event.padEnd(eventWidth)} ${words.join(' ')}`.trimEnd()}\n`
}

function consoleValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if ('message' in value) return JSON.stringify(value.message)
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? String(item) : item))
}

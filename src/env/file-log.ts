/**
 * The log of a running node: JSON lines in a file that is rotated by size.
 */
import {pino} from 'pino'
import {createStream} from 'rotating-file-stream'
import type {Log, LogFields} from './log.js'

export interface FileLogOptions {
  readonly directory: string
  readonly fileName: string
  /** Least severe level written. */
  readonly level: 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'PANIC' | 'FATAL'
  readonly fileBytesMax: number
  /** Rotated files kept. */
  readonly filesMax: number
}

export interface FileLog {
  readonly log: Log
  /** Resolves when every line is in the file. */
  close(): Promise<void>
}

export function openFileLog({directory, fileName, level, fileBytesMax, filesMax}: FileLogOptions): FileLog {
  const stream = createStream(fileName, {path: directory, size: `${fileBytesMax}B`, maxFiles: filesMax})
  // a full disk must not end a node: its log goes on when there is room
  stream.on('error', () => {})
  const logger = pino(
    {level: level === 'PANIC' ? 'fatal' : level.toLowerCase(), base: null, messageKey: 'event'},
    stream,
  )
  return {
    log: pinoLog(logger),
    close: () => new Promise((resolve) => stream.end(resolve)),
  }
}

function pinoLog(logger: pino.Logger): Log {
  return {
    trace: (event, fields) => logger.trace(readable(fields), event),
    debug: (event, fields) => logger.debug(readable(fields), event),
    info: (event, fields) => logger.info(readable(fields), event),
    warn: (event, fields) => logger.warn(readable(fields), event),
    error: (event, fields) => logger.error(readable(fields), event),
    child: (fields) => pinoLog(logger.child(readable(fields))),
  }
}

/** An error has no own fields that JSON would show. */
function readable(fields: LogFields = {}): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? (value.stack ?? value.message) : value,
    ]),
  )
}

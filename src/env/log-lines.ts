/**
 * Reads what nodes have logged: the JSON lines of every log in a directory, or what has been added to them since.
 *
 * A log may be larger than memory, and the one who reads may be the node itself: no more than the end of each file is looked at.
 */
import {join} from 'node:path'
import {isObject, parseJson} from '../entity/json.js'
import type {Disk} from './disk.js'
import {type LogLevel, logLevels} from './log.js'

export interface LogLine {
  /** The file's name without its directory: `PS.INFO.log`. */
  readonly file: string
  readonly time: string
  readonly level: string
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface LogFilter {
  /** This and worse. */
  readonly level: LogLevel
  /** Wall milliseconds. */
  readonly sinceMs: number | null
  readonly partition: number | null
}

/** Bytes that were read of each file. */
export type LogPosition = Readonly<Record<string, number>>

export interface LogPart {
  /** Of each file in its order. */
  readonly lines: readonly LogLine[]
  /** Where the next part begins. */
  readonly position: LogPosition
  /** Lines that are none of ours. */
  readonly strange: number
  /** Files of which more was there than is read at once. */
  readonly cut: readonly string[]
}

/** Of each file at once. */
const readBytesMax = 4 * 1024 * 1024
/** The last ones: what one answer to another node holds. */
const linesMax = 10_000
const newline = 0x0a

/** From the start where `position` is null. A file that has become shorter was begun anew. */
export async function readLogPart(
  disk: Disk,
  directory: string,
  position: LogPosition | null,
  filter: LogFilter,
): Promise<LogPart> {
  const lines: LogLine[] = []
  const read: Record<string, number> = {}
  const cut: string[] = []
  let strange = 0
  for (const file of (await disk.list(directory)).filter((name) => name.endsWith('.log'))) {
    const piece = await endOf(disk, join(directory, file), position?.[file] ?? 0)
    if (piece === null) continue
    read[file] = piece.endsAt
    if (piece.isCut) cut.push(file)
    for (const text of piece.text.split('\n').filter((each) => each !== '')) {
      const line = lineIn(file, text)
      if (line === null) strange++
      else if (isWanted(line, filter)) lines.push(line)
    }
  }
  return {lines: lines.slice(-linesMax), position: read, strange, cut}
}

interface Piece {
  readonly text: string
  readonly endsAt: number
  readonly isCut: boolean
}

/** Whole lines only: the last one may be half written. Null where the file has just been put away. */
async function endOf(disk: Disk, path: string, from: number): Promise<Piece | null> {
  const file = await disk.open(path, {readOnly: true}).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return null
    throw thrown
  })
  if (file === null) return null
  try {
    const size = await file.size()
    const wanted = from > size ? 0 : from
    const start = Math.max(wanted, size - readBytesMax)
    const bytes = new Uint8Array(size - start)
    const piece = bytes.subarray(0, await file.read(bytes, start))
    const isCut = start > wanted
    const first = isCut ? piece.indexOf(newline) + 1 : 0
    const end = piece.lastIndexOf(newline) + 1
    return {text: new TextDecoder().decode(piece.subarray(first, end)), endsAt: start + end, isCut}
  } finally {
    await file.close()
  }
}

function lineIn(file: string, text: string): LogLine | null {
  try {
    const record = parseJson(text)
    if (!isObject(record)) return null
    const {time, level, event, ...fields} = record
    if (typeof time !== 'string' || typeof level !== 'string') return null
    return {file, time, level, event: String(event ?? ''), fields}
  } catch {
    return null
  }
}

export function isWanted({time, level, fields}: LogLine, {level: least, sinceMs, partition}: LogFilter): boolean {
  return (
    logLevels.indexOf(level as LogLevel) >= logLevels.indexOf(least) &&
    (sinceMs === null || Date.parse(time) >= sinceMs) &&
    (partition === null || Number(fields.partitionId) === partition)
  )
}

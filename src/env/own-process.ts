/**
 * The process that a node is, for those who operate it from another machine: its log, what it is busy with, and its end.
 */
import {join} from 'node:path'
import type {Clock} from './clock.js'
import {askToStop} from './directory-lock.js'
import type {Disk} from './disk.js'
import type {LogLevel} from './log.js'
import {type LogFilter, type LogPart, type LogPosition, readLogPart} from './log-lines.js'
import {writePrivately} from './private-file.js'
import {type ProfileKind, profileText} from './profile.js'

export interface ProcessFacts {
  readonly pid: number
  /** Whatever it is asked to do as one of them, it does as all. */
  readonly roles: readonly string[]
  readonly logFile: string
  readonly logLevel: LogLevel
}

export interface OwnProcessParts {
  readonly roles: readonly string[]
  readonly log: {readonly path: string; level: LogLevel}
  readonly logDirectory: string
  readonly disk: Disk
  readonly clock: Clock
}

export class OwnProcess {
  constructor(private readonly parts: OwnProcessParts) {}

  get facts(): ProcessFacts {
    const {roles, log} = this.parts
    return {pid: process.pid, roles, logFile: log.path, logLevel: log.level}
  }

  set logLevel(level: LogLevel) {
    this.parts.log.level = level
  }

  logPart(position: LogPosition | null, filter: LogFilter): Promise<LogPart> {
    return readLogPart(this.parts.disk, this.parts.logDirectory, position, filter)
  }

  /** Written beside the log, for its owner only. */
  async profile(kind: ProfileKind, ms: number, signal: AbortSignal): Promise<{file: string; bytes: number}> {
    const {clock, logDirectory} = this.parts
    const text = await profileText(kind, ms, clock, signal)
    const time = new Date(clock.wallMs()).toISOString().replaceAll(':', '')
    const file = join(logDirectory, `${process.pid}-${time}.${kind}profile`)
    await writePrivately(file, text)
    return {file, bytes: text.length}
  }

  /** As SIGTERM does it, which it is. */
  askToStop(): void {
    askToStop(process.pid)
  }
}

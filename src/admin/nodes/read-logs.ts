/**
 * What nodes have logged, merged by time: the logs of this machine's directories, and those that servers of our kind hand out,
 * wherever they are.
 */
import type {NodeId} from '../../entity/ids.js'
import {stringifyJson} from '../../entity/json.js'
import type {Clock} from '../../env/clock.js'
import type {Disk} from '../../env/disk.js'
import {type LogFilter, type LogLine, type LogPart, type LogPosition, readLogPart} from '../../env/log-lines.js'
import {type CodedError, toCodedError} from '../../errors/coded-error.js'
import type {Listing} from '../listing.js'
import type {Session} from '../session/session.js'
import {registeredServers, rpcAddress} from './registered.js'

export interface LoggedLine extends LogLine {
  /** Null: a log of this machine. */
  readonly node: NodeId | null
}

export interface LogSource {
  readonly name: string
  readonly node: NodeId | null
  read(position: LogPosition | null): Promise<LogPart>
}

export interface LogChoice {
  readonly pattern: RegExp | null
  /** The last ones. */
  readonly linesMax: number
}

/** How often a log that is followed is looked at. */
const everyMs = 500

export function localLogs(disk: Disk, directories: readonly string[], filter: LogFilter): LogSource[] {
  return directories.map((directory) => ({
    name: directory,
    node: null,
    read: (position) => readLogPart(disk, directory, position, filter),
  }))
}

/** Errors: PARTITION_SERVER_NOT_EXIST. */
export async function nodeLogs(session: Session, ids: readonly number[], filter: LogFilter): Promise<LogSource[]> {
  const [{servers}, nodes] = await Promise.all([registeredServers(await session.readAnew(), ids), session.nodes()])
  return servers.map((server) => ({
    name: `node ${server.name}`,
    node: server.name,
    read: (position) => nodes.demand(rpcAddress(server), 'logPart', {position, filter}),
  }))
}

/** Whoever does not answer is a warning, as long as one does. Errors: that of the first, where none does. */
export async function readLogs(sources: readonly LogSource[], choice: LogChoice): Promise<Listing<LoggedLine>> {
  const parts = await Promise.all(sources.map((source) => partOf(source, null)))
  requireAnswer(parts)
  return {
    rows: chosen(parts, choice.pattern).slice(-choice.linesMax),
    source: sources.map(({name}) => name).join(', '),
    warnings: parts.flatMap(warningsOf),
    exit: parts.every(({error}) => error === null) ? 'ok' : 'partial',
  }
}

export interface FollowOptions {
  readonly clock: Pick<Clock, 'sleep'>
  readonly signal: AbortSignal
  /** Of a source that has begun to be silent; it is asked on. */
  onSilence(warning: string): void
}

/** The last lines, and then each that is added. Errors: that of the first source, where none answers at the beginning. */
export async function* followLogs(
  sources: readonly LogSource[],
  {pattern, linesMax}: LogChoice,
  {clock, signal, onSilence}: FollowOptions,
): AsyncGenerator<LoggedLine> {
  const positions = new Map<LogSource, LogPosition>()
  let silent: ReadonlySet<LogSource> = new Set()
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const parts = await Promise.all(sources.map((source) => partOf(source, positions.get(source) ?? null)))
    const failed = parts.filter(({error}) => error !== null)
    if (isFirst) requireAnswer(parts)
    for (const {source, part} of parts) if (part !== null) positions.set(source, part.position)
    for (const read of failed) if (!silent.has(read.source)) warningsOf(read).forEach(onSilence)
    silent = new Set(failed.map(({source}) => source))
    const lines = chosen(parts, pattern)
    yield* isFirst ? lines.slice(-linesMax) : lines
    await clock.sleep(everyMs, signal).catch(() => {})
  }
}

interface Read {
  readonly source: LogSource
  readonly part: LogPart | null
  readonly error: CodedError | null
}

function requireAnswer(parts: readonly Read[]): void {
  const [first, ...others] = parts.map(({error}) => error)
  if (first != null && others.every((error) => error !== null)) throw first
}

async function partOf(source: LogSource, position: LogPosition | null): Promise<Read> {
  try {
    return {source, part: await source.read(position), error: null}
  } catch (thrown) {
    return {source, part: null, error: toCodedError(thrown)}
  }
}

function chosen(parts: readonly Read[], pattern: RegExp | null): LoggedLine[] {
  const lines = parts.flatMap(({source: {node}, part}) => part?.lines.map((line) => ({node, ...line})) ?? [])
  const wanted = pattern === null ? lines : lines.filter((line) => pattern.test(`${line.event} ${fieldsText(line)}`))
  return wanted.sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)))
}

/** As they are shown. */
export function fieldsText({fields}: LogLine): string {
  const text = (value: unknown) => (typeof value === 'object' ? stringifyJson(value) : String(value))
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${text(value)}`)
    .join(' ')
}

function warningsOf({source: {name}, part, error}: Read): string[] {
  if (error !== null) return [`${name}: ${error.detail}`]
  const cut = part?.cut.map((file) => `of ${file} only the end was read (${name})`) ?? []
  const strange = part?.strange ?? 0
  return strange === 0 ? cut : [...cut, `${strange} lines are not log lines of ours (${name})`]
}

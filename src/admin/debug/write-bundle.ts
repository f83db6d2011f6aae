import {Buffer} from 'node:buffer'
import type {NodeId} from '../../entity/ids.js'
import {writePrivately} from '../../env/private-file.js'
import {CodedError} from '../../errors/coded-error.js'
import {type HealthWord, healthOf} from '../health/health.js'
import {look} from '../picture/look.js'
import type {Session} from '../session/session.js'
import {bundleLines} from './bundle.js'
import {gatherLogs} from './bundle-logs.js'
import type {Redaction} from './redaction.js'

export interface WrittenBundle {
  readonly file: string
  readonly bytes: number
  readonly revision: number
  readonly health: HealthWord
  /** Of those that were asked. */
  readonly nodesHeard: number
  readonly nodesAsked: number
  readonly logLines: number
}

export interface BundleOptions {
  /** Null: a name with the time in it, in the working directory. */
  readonly path: string | null
  /** Bytes; nothing is written if there are more. */
  readonly sizeMax: number | null
  readonly isAsked: (node: NodeId) => boolean
  /** Of the servers' logs, what is not older; without it, none of them. */
  readonly logsForMs: number | null
  readonly redaction: Redaction
}

/** Errors: GUARD_FAILED. The records are read again, at the revision of the picture or a later one: what was said about them is in the picture. */
export async function writeBundle(
  session: Session,
  {path, sizeMax, isAsked, logsForMs, redaction}: BundleOptions,
): Promise<WrittenBundle> {
  const [picture, logs] = await Promise.all([
    look(session, {isAsked}),
    logsForMs === null ? null : gatherLogs(session, {sinceMs: session.env.clock.wallMs() - logsForMs, isAsked}),
  ])
  const {metadata, nodes, takenAtMs} = picture
  const stamp = new Date(takenAtMs).toISOString().replaceAll(/[:.]/g, '-')
  const file = path ?? `vearch-${metadata.keys.cluster}-${stamp}.bundle.jsonl`
  const reading = await session.readAnew()
  const lines: string[] = []
  for await (const line of bundleLines(picture, reading.scan(metadata.keys.all), {logs, redaction})) lines.push(line)
  const text = lines.join('')
  const bytes = Buffer.byteLength(text)
  if (sizeMax !== null && bytes > sizeMax) {
    throw new CodedError('GUARD_FAILED', `the bundle has ${bytes} bytes, more than ${sizeMax}`, {
      hint: 'nothing was written; allow more with --size-limit, ask fewer servers with --nodes, or for less of their logs with --since',
    })
  }
  await writePrivately(file, text)
  const answers = [...nodes.values()].filter((answer) => answer.told || answer.silence.reason !== 'notAsked')
  return {
    file,
    bytes,
    revision: metadata.revision,
    health: healthOf(picture).word,
    nodesHeard: answers.filter((answer) => answer.told).length,
    nodesAsked: answers.length,
    logLines: (logs ?? []).reduce((sum, [, answer]) => sum + (answer.told ? answer.value.length : 0), 0),
  }
}

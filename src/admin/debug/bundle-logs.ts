/** The logs of servers in a debug bundle: gathered when it is made, and read from it as from the servers. */
import type {NodeId} from '../../entity/ids.js'
import {isWanted, type LogFilter, type LogLine} from '../../env/log-lines.js'
import {CodedError} from '../../errors/coded-error.js'
import {type LogSource, nodeLogs} from '../nodes/read-logs.js'
import {type Answer, failed, told} from '../picture/answer.js'
import type {Session} from '../session/session.js'
import {bundleHeader} from './bundle.js'

export type BundledLogs = readonly (readonly [NodeId, Answer<readonly LogLine[]>])[]

/** Of every server that is asked; who does not answer in time, or is not of our kind, is in it with the reason. */
export async function gatherLogs(
  session: Session,
  {sinceMs, isAsked}: {readonly sinceMs: number; readonly isAsked: (node: NodeId) => boolean},
): Promise<BundledLogs> {
  const sources = await nodeLogs(session, [], {level: 'info', sinceMs, partition: null})
  const asked = sources.flatMap(({node, read}) => (node !== null && isAsked(node) ? [{node, read}] : []))
  return Promise.all(
    asked.map(async ({node, read}) => {
      const source = {from: 'node', node, question: 'logPart'} as const
      try {
        return [node, told((await read(null)).lines, source)] as const
      } catch (thrown) {
        return [node, failed(thrown, source)] as const
      }
    }),
  )
}

/** Errors: NOT_FOUND where the file is no bundle, was made without logs, or has none of a server that is named. */
export async function bundledLogs(
  {env, target}: Pick<Session, 'env' | 'target'>,
  path: string,
  ids: readonly number[],
  filter: LogFilter,
): Promise<LogSource[]> {
  const logs = (await bundleHeader(env.disk, path, target))?.bundle.logs
  if (logs === undefined) {
    throw new CodedError('NOT_FOUND', `there are no logs in ${path}`, {hint: 'vearchctl debug bundle --since 1h'})
  }
  const byNode = new Map<number, Answer<readonly LogLine[]>>(logs)
  return (ids.length === 0 ? [...byNode.keys()] : ids).map((id) => {
    const answer = byNode.get(id)
    if (answer === undefined) throw new CodedError('NOT_FOUND', `there are no logs of node ${id} in ${path}`)
    return sourceOf(id as NodeId, answer, filter)
  })
}

function sourceOf(node: NodeId, answer: Answer<readonly LogLine[]>, filter: LogFilter): LogSource {
  return {
    name: `node ${node}`,
    node,
    read: async (position) => {
      if (!answer.told) throw new CodedError('SERVICE_UNAVAILABLE', `it was asked in vain: ${answer.silence.detail}`)
      const wanted = answer.value.filter((line) => isWanted(line, filter))
      return {lines: position === null ? wanted : [], position: {}, strange: 0, cut: []}
    },
  }
}

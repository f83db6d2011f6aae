import type {NodeId} from '../../entity/ids.js'
import {CodedError} from '../../errors/coded-error.js'
import type {ClusterPicture} from '../picture/picture.js'
import {type NodeLine, nodeLines} from './node-line.js'

export interface NodeStats extends Pick<NodeLine, 'id' | 'address' | 'partitions' | 'leaders' | 'docs' | 'lag'> {
  readonly memoryBytes: number
  readonly memoryPercent: number
  readonly diskFreeBytes: number
  readonly diskPercent: number
  readonly cpuPercent: number
}

/** Of those that told them; who did not is a warning. `ids` empty: of all. Errors: PARTITION_SERVER_NOT_EXIST. */
export function nodeStats(picture: ClusterPicture, ids: readonly number[]): {rows: NodeStats[]; warnings: string[]} {
  const lines = nodeLines(picture)
  const chosen = ids.length === 0 ? lines.filter(({id}) => picture.nodes.has(id)) : ids.map((id) => lineOf(lines, id))
  const rows: NodeStats[] = []
  const warnings: string[] = []
  for (const line of chosen) {
    const row = statsOf(picture, line)
    if (row === null) warnings.push(`node ${line.id} told nothing: it is ${line.state}`)
    else rows.push(row)
  }
  return {rows, warnings}
}

function lineOf(lines: readonly NodeLine[], id: number): NodeLine {
  const line = lines.find((each) => each.id === (id as NodeId))
  if (line !== undefined) return line
  throw new CodedError('PARTITION_SERVER_NOT_EXIST', `no source names node ${id}`, {hint: 'vearchctl node list'})
}

function statsOf({nodes}: ClusterPicture, {id, address, partitions, leaders, docs, lag}: NodeLine): NodeStats | null {
  const answer = nodes.get(id)
  const stats = answer?.told === true ? answer.value.stats : null
  if (stats === null) return null
  const {mem, fs, cpu} = stats
  return {
    id,
    address,
    partitions,
    leaders,
    docs,
    lag,
    memoryBytes: mem.used_in_bytes,
    memoryPercent: mem.used_percent,
    diskFreeBytes: fs.free_in_bytes,
    diskPercent: fs.used_percent,
    cpuPercent: cpu.user_percent + cpu.sys_percent,
  }
}

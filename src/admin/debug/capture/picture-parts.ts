/** A picture in the parts that change each on its own, as a capture keeps them; and what a bundle needs, from them. */
import type {NodeId} from '../../../entity/ids.js'
import type {PartitionInfo, ServerStats} from '../../../entity/report.js'
import {backupRecord} from '../../../meta/offline/meta-backup.js'
import type {Moment, Parts} from '../../../meta/offline/samples.js'
import type {KeyValue} from '../../../meta/store.js'
import type {Answer} from '../../picture/answer.js'
import type {NodeSays} from '../../picture/node-says.js'
import type {ClusterPicture} from '../../picture/picture.js'
import {type Bundled, bundled} from '../bundled.js'
import type {Redaction} from '../redaction.js'

/** All but its time, which the sample has. Keys begin with a slash, and the names of other parts do not. */
export function partsOf(picture: ClusterPicture, kvs: Iterable<KeyValue>, redaction: Redaction): Parts {
  const records = [...kvs].map((kv) => redaction.record(picture.metadata.keys, kv))
  const {nodes, takenAtMs, ...others} = redaction.said(bundled(picture))
  const parts = new Map<string, unknown>(Object.entries(others))
  for (const [node, answer] of nodes) {
    if (!answer.told) {
      parts.set(`node ${node}`, answer)
      continue
    }
    const {partitions, stats, ...rest} = answer.value
    parts.set(`node ${node}`, {...answer, value: rest})
    parts.set(`stats ${node}`, stats)
    for (const info of partitions) parts.set(`partition ${node} ${info.pid}`, info)
  }
  for (const record of records) parts.set(record.key, backupRecord(record))
  return parts
}

export function bundledIn({sample, parts}: Moment): Bundled {
  const infos = new Map<string, PartitionInfo[]>()
  for (const [name, info] of parts) {
    const [, node] = /^partition (\d+) \d+$/.exec(name) ?? []
    if (node !== undefined) infos.set(node, [...(infos.get(node) ?? []), info as PartitionInfo])
  }
  const nodes: [NodeId, Answer<NodeSays>][] = []
  for (const [name, part] of parts) {
    const [, node] = /^node (\d+)$/.exec(name) ?? []
    if (node === undefined) continue
    const answer = part as Answer<NodeSays>
    const partitions = (infos.get(node) ?? []).sort((a, b) => a.pid - b.pid)
    const stats = (parts.get(`stats ${node}`) ?? null) as ServerStats | null
    const value = answer.told ? {...answer.value, partitions, stats} : null
    nodes.push([Number(node) as NodeId, answer.told && value !== null ? {...answer, value} : answer])
  }
  const {store, masters, settings, leases} = Object.fromEntries(parts) as unknown as Bundled
  return {takenAtMs: Date.parse(sample.at), store, masters, settings, leases, nodes: nodes.sort(([a], [b]) => a - b)}
}

/** `partitions list --sources`: the cluster is looked at, and what the four sources say is put side by side. Loaded only for that. */

import type {Listing} from '../listing.js'
import type {Session} from '../session/session.js'
import type {PartitionFilter} from './list-partitions.js'
import type {ReplicaLine} from './replica-line.js'

export async function listSources(
  session: Session,
  {nodeId: node, ...filter}: PartitionFilter,
): Promise<Listing<ReplicaLine>> {
  const [{look}, {partitionLines}, {replicaLines}] = await Promise.all([
    import('../picture/look.js'),
    import('./partition-line.js'),
    import('./replica-line.js'),
  ])
  const picture = await look(session)
  const rows = partitionLines(picture, {...filter, node}).flatMap(({id}) => {
    const sight = picture.partitions.get(id)
    return sight === undefined ? [] : replicaLines(sight, picture)
  })
  const {place, revision} = picture.metadata
  const silent = [...picture.nodes].flatMap(([id, answer]) =>
    answer.told ? [] : [`node ${id} was not heard: ${answer.silence.detail}`],
  )
  return {rows, source: `${place}, revision ${revision}`, warnings: silent}
}

/** What Vearch's own jobs would do next, if the metadata were this: which data they would wipe, and where. */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import type {MetaReading} from '../../meta/reading.js'
import {look} from '../picture/look.js'
import {metadataOf} from '../picture/metadata.js'
import {pictureOf} from '../picture/picture.js'
import {type AutomaticAction, nextAutomaticActions} from '../plan/blast-radius.js'
import type {Session} from '../session/session.js'

export interface Consequence {
  readonly job: AutomaticAction['job']
  readonly does: AutomaticAction['does']
  readonly subject: string
  readonly node: NodeId | null
  /** Documents lost; null: not told, or none. */
  readonly docs: number | null
  readonly bytes: number | null
  /** No other node is known to have it. */
  readonly isLastCopy: boolean
  /** It happens today already, whatever is restored. */
  readonly isNew: boolean
}

/** The next actions on `after`, with what the servers of the live cluster hold. */
export async function consequencesOf(session: Session, after: MetaReading): Promise<Consequence[]> {
  const now = await look(session)
  const kvs = []
  for await (const kv of after.scan(after.keys.all)) kvs.push(kv)
  const then = pictureOf({...now, metadata: metadataOf(after, kvs)})
  const isAlready = new Set(nextAutomaticActions(now, null).map(nameOf))
  return nextAutomaticActions(then, null).map((action) => {
    const loss = 'loses' in action ? action.loses : null
    return {
      job: action.job,
      does: action.does,
      subject: subjectOf(action),
      node: 'node' in action ? action.node : null,
      docs: loss?.docs ?? null,
      bytes: loss?.bytes ?? null,
      isLastCopy: loss?.isLastCopy ?? false,
      isNew: !isAlready.has(nameOf(action)),
    }
  })
}

function nameOf(action: AutomaticAction): string {
  return `${action.job} ${action.does} ${subjectOf(action)} ${'node' in action ? action.node : ''}`
}

function subjectOf(action: AutomaticAction): string {
  const ofPartition = (id: PartitionId) => `partition ${id}`
  if (action.does !== 'delete space') return ofPartition(action.partition)
  const {space, partitions} = action
  return `space ${space} (${partitions.map(ofPartition).join(', ')})`
}

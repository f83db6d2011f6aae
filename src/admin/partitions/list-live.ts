/** `partitions list --live`: what the servers say of each partition, beside what the metadata says. Loaded only for that. */
import type {Listing} from '../listing.js'
import {look} from '../picture/look.js'
import {placeOf, unheardWarnings} from '../picture/picture.js'
import type {Session} from '../session/session.js'
import {isWanted, type PartitionFilter} from './partition-filter.js'
import {type PartitionLine, partitionLines} from './partition-line.js'

export async function listLive(session: Session, filter: PartitionFilter): Promise<Listing<PartitionLine>> {
  const picture = await look(session)
  const rows = partitionLines(picture)
    .filter((line) => isWanted(line, filter))
    .sort((a, b) => a.id - b.id)
  return {rows, source: placeOf(picture), warnings: unheardWarnings(picture)}
}

/**
 * Everything that one look at a cluster saw, as plain data: the metadata at one revision, what every master and server said
 * within its time, what lies on the disks that could be read. Whatever judges a cluster (`doctor`, `health`, `why`, `plan`)
 * is a pure function of it.
 *
 * - Every fact has its source. What could not be asked is there as a silence with its reason, never as an absence.
 * - The metadata alone makes a picture: of a snapshot, an old revision, a cluster whose servers speak another protocol.
 * - `partitions` joins the sources by partition, once; it and all that is built on it cost as much as there is to see, so a
 *   cluster of 100,000 partitions takes a hundred times as long as one of 1,000.
 *
 * Order to read: source, answer, record, metadata, picture, partition-sight, gather.
 */
import type {LoadedConfig} from '../../config/loaded.js'
import type {NodeId, PartitionId} from '../../entity/ids.js'
import type {Space} from '../../entity/space.js'
import type {AntiAffinity} from '../../master/placement.js'
import type {LeaseId, MetaStatus} from '../../meta/store.js'
import type {Answer} from './answer.js'
import type {Metadata} from './metadata.js'
import type {DiskSays, MasterSays, NodeSays} from './node-says.js'
import {type PartitionSight, sightsOf} from './partition-sight.js'

export interface PictureFacts {
  /** Wall time, milliseconds. */
  readonly takenAtMs: number
  readonly metadata: Metadata
  readonly store: Answer<MetaStatus>
  /** Seconds left; null for a lease that is gone. */
  readonly leases: Answer<ReadonlyMap<LeaseId, number | null>>
  /** In the order of the target. */
  readonly masters: readonly Answer<MasterSays>[]
  /** Every server that has a record. */
  readonly nodes: ReadonlyMap<NodeId, Answer<NodeSays>>
  readonly disks: readonly Answer<DiskSays>[]
  readonly config: Answer<LoadedConfig>
  /** When the metadata was last backed up, wall milliseconds; null if never. */
  readonly lastBackup: Answer<number | null>
  readonly settings: Settings
}

/** What the cluster's configuration says of matters that are judged here. */
export interface Settings {
  readonly raftDiffCount: number
  readonly antiAffinity: AntiAffinity
  readonly resourceLimitRate: number
}

/** Vearch's. */
export const settingsDefault: Settings = {raftDiffCount: 10_000, antiAffinity: 0, resourceLimitRate: 0.9}

export interface ClusterPicture extends PictureFacts {
  /** Every partition that any source names, by id. */
  readonly partitions: ReadonlyMap<PartitionId, PartitionSight>
}

export function pictureOf(facts: PictureFacts): ClusterPicture {
  return {...facts, partitions: sightsOf(facts)}
}

/** What a listing names as its source. */
export function placeOf({metadata}: Pick<PictureFacts, 'metadata'>): string {
  return `${metadata.place}, revision ${metadata.revision}`
}

/** Of a listing that shows what servers tell. */
export function unheardWarnings({nodes}: Pick<PictureFacts, 'nodes'>): string[] {
  return [...nodes].flatMap(([id, answer]) =>
    answer.told ? [] : [`node ${id} was not heard: ${answer.silence.detail}`],
  )
}

/** By its lease; whether it answers is another matter. */
export function isAlive({metadata}: Pick<PictureFacts, 'metadata'>, node: NodeId): boolean {
  return metadata.servers.has(node)
}

/** Alive by its lease and yet silent. */
export function isSilent({metadata, nodes}: PictureFacts, node: NodeId): boolean {
  return metadata.servers.has(node) && nodes.get(node)?.told === false
}

/** Whether any server told anything: without that, what is running is not known. */
export function hasHeardNodes({nodes}: Pick<PictureFacts, 'nodes'>): boolean {
  for (const answer of nodes.values()) if (answer.told) return true
  return false
}

/** `web/img`; the db's id where it has no name. */
export function spaceName(
  {metadata}: Pick<PictureFacts, 'metadata'>,
  {db_id, name}: Pick<Space, 'db_id' | 'name'>,
): string {
  return `${metadata.dbs.get(db_id)?.value.name ?? `#${db_id}`}/${name}`
}

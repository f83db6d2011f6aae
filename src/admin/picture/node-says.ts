import type {NodeId} from '../../entity/ids.js'
import type {PartitionInfo, ServerStats} from '../../entity/report.js'

/** What a partition server says, itself or through a master. */
export interface NodeSays {
  /** Null where a master spoke for it: then nobody checked who it is. */
  readonly identity: {readonly node: NodeId; readonly cluster: string} | null
  readonly partitions: readonly PartitionInfo[]
  readonly stats: ServerStats | null
}

/** What a master says of itself and of the metadata that it uses. */
export interface MasterSays {
  /** The cluster that it serves. */
  readonly cluster: string
  readonly version: string
  readonly members: readonly EtcdMember[]
  /** Of etcd's members: alarms, and that one could not be reached. Empty where the master does not tell. */
  readonly memberErrors: readonly EtcdMemberErrors[]
  /** Its wall clock, less ours when the answer came, in milliseconds; null where it does not tell. */
  readonly aheadMs: number | null
}

/** A member of etcd as `GET /members` lists it; the id has 64 bits. */
export interface EtcdMember {
  readonly id: string
  readonly name: string
  readonly clientUrls: readonly string[]
}

export interface EtcdMemberErrors {
  readonly id: string
  readonly errors: readonly string[]
}

/** What lies in a server's data directories. */
export interface DiskSays {
  /** `server_meta.txt`; null if there is none. */
  readonly identity: {readonly node: NodeId; readonly cluster: string} | null
  readonly partitions: readonly DiskPartition[]
}

export interface DiskPartition {
  readonly id: number
  readonly path: string
  readonly dataBytes: number
  readonly raftBytes: number
}

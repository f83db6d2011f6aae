/**
 * What the cluster reports about itself: the read models of `GET …/spaces/:space`, `/servers`, `/cluster/*`. Keys and
 * their absence are Vearch's (control-plane spec §4.8).
 */
import type {FieldSpec, IndexSpec} from './field.js'
import type {NodeId, PartitionId} from './ids.js'
import type {PartitionRule} from './space.js'

/** 0 unknown, 1 invalid, 2 closed, 3 readonly (follower), 4 readwrite (leader). */
export const PartitionStatus = {unknown: 0, invalid: 1, closed: 2, readonly: 3, readwrite: 4} as const
export type PartitionStatus = (typeof PartitionStatus)[keyof typeof PartitionStatus]

export type Color = 'green' | 'yellow' | 'red'

export interface PartitionInfo {
  readonly pid: PartitionId
  readonly name: string
  readonly doc_num: number
  /** Bytes on disk. */
  readonly size?: number
  readonly replica_num?: number
  readonly replica_status?: Readonly<Record<string, 'ReplicasOK' | 'ReplicasNotReady'>>
  readonly path?: string
  readonly unreachable?: readonly NodeId[]
  readonly status?: PartitionStatus
  readonly color?: Color
  readonly ip?: string
  readonly node_id?: NodeId
  readonly raft_status?: RaftStatus
  readonly index_status: 0 | 1 | 2
  readonly backup_status: number
  /** Documents that the least advanced vector index covers. */
  readonly index_num: number
  /** -1 when nothing was ever inserted. */
  readonly max_docid: number
  readonly index_build_state?: Readonly<Record<string, 'BUILDING' | 'READY' | 'FAILED'>>
  readonly error?: string
}

export interface RaftStatus {
  readonly ID: number
  readonly NodeID: number
  readonly Leader: number
  readonly Term: number
  readonly Index: number
  readonly Commit: number
  readonly Applied: number
  readonly Vote: number
  readonly PendQueue: number
  readonly RecvQueue: number
  readonly AppQueue: number
  readonly Stopped: boolean
  readonly RestoringSnapshot: boolean
  readonly State: string
  readonly Replicas: Readonly<Record<string, RaftReplicaStatus>>
}

export interface RaftReplicaStatus {
  readonly Match: number
  readonly Commit: number
  readonly Next: number
  readonly State: string
  readonly Snapshoting: boolean
  readonly Paused: boolean
  readonly Active: boolean
  /** When its leader last heard it: nanoseconds since the epoch, exact to the millisecond; 0 for never. */
  readonly LastActive: number
  readonly Inflight: number
  /** Counts in no majority: it is on its way to be a replica. */
  readonly IsLearner: boolean
}

/** A replica that is no longer one of its group, and was not deleted. */
export interface AsideReplica {
  readonly partition_id: PartitionId
  readonly directory: string
  readonly reason: string
  /** Seconds since the epoch. */
  readonly time_stamp: number
}

export interface SpaceInfo {
  readonly space_name?: string
  readonly name?: string
  readonly db_name: string
  readonly doc_num: number
  readonly partition_num: number
  readonly replica_num: number
  readonly schema: {readonly fields: readonly FieldSpec[]; readonly indexes?: readonly IndexSpec[]} | null
  readonly partition_rule?: PartitionRule
  readonly status: Color
  readonly partitions: readonly PartitionInfo[] | null
  readonly errors?: readonly string[]
}

interface Usage {
  readonly total_in_bytes: number
  readonly free_in_bytes: number
  readonly used_in_bytes: number
  readonly used_percent: number
}

export interface ServerStats {
  readonly status: number
  readonly ip: string
  readonly labels: readonly {readonly name: string; readonly value: string}[]
  readonly mem: Usage
  readonly swap: Usage
  readonly fs: Usage & {readonly paths: readonly string[]}
  readonly cpu: {
    readonly total_in_bytes: number
    readonly user_percent: number
    readonly sys_percent: number
    readonly io_wait_percent: number
    readonly idle_percent: number
  }
  readonly net: {readonly in_pre_second: number; readonly out_pre_second: number; readonly connect: number}
  readonly gc: {
    readonly calls: number
    readonly routines: number
    readonly count: number
    readonly count_percent: number
    readonly pause_nanoseconds: number
    readonly pause_percent: number
  }
  readonly err?: string
  readonly active_conn?: number
  readonly partition_infos?: readonly PartitionInfo[]
}

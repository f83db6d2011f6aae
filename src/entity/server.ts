import type {NodeId, PartitionId} from './ids.js'
import type {Space} from './space.js'

export interface BuildVersion {
  readonly build_version: string
  readonly build_time: string
  readonly commit_id: string
}

/** A partition server that is alive. Stored at `P/server/<nodeId>` under its heartbeat's lease. */
export interface Server {
  /** The node id, despite its name. */
  readonly name: NodeId
  readonly resource_name: string
  readonly rpc_port: number
  readonly raft_heartbeat_port: number
  readonly raft_replicate_port: number
  /** The address under which the master saw the server register. */
  readonly ip: string
  readonly host_ip?: string
  readonly host_rack?: string
  readonly host_zone?: string
  readonly p_ids?: readonly PartitionId[]
  readonly size?: number
  readonly private: boolean
  readonly version: BuildVersion | null
}

/** The master's answer to `POST /register`: where the node is and which partitions it holds. */
export interface Registration {
  readonly ip: string
  readonly p_ids: readonly PartitionId[]
  /** Each space once, though it may have several partitions here. */
  readonly spaces: readonly Space[]
}

/** A server whose lease ended while it held partitions. Stored at `P/fail/server/<nodeId>`. */
export interface FailServer {
  readonly nodeID: NodeId
  /** Seconds since the epoch. */
  readonly time_stamp: number
  readonly server: Server
}

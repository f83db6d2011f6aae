/**
 * The calls that a partition server answers: what masters and routers may ask of it, method by method.
 *
 * Bodies are msgpack; `Uint8Array`s travel as raw bytes, bigints as 64-bit integers. Documents are encoded by
 * `document-codec.ts`, once, where the request enters the cluster: a partition server logs those bytes as they are.
 */
import type {ValueInForce} from '../config/in-force.js'
import type {Filter} from '../entity/document.js'
import type {IndexSpec} from '../entity/field.js'
import type {NodeId, PartitionId} from '../entity/ids.js'
import type {AsideReplica, PartitionInfo, ServerStats} from '../entity/report.js'
import type {Space, SpaceConfig} from '../entity/space.js'
import type {LogLevel} from '../env/log.js'
import type {LogFilter, LogPart, LogPosition} from '../env/log-lines.js'
import type {ProcessFacts} from '../env/own-process.js'
import type {ProfileKind} from '../env/profile.js'
import type {MemberChange, Membership} from '../raft/membership.js'

/** Of a profile of a server. */
export const profileMsMax = 60_000

export interface WireProjection {
  readonly fields: readonly string[] | 'all'
  readonly vectors: readonly string[]
}

/** The fate of one document of a batch; `code` 0 is success. */
export interface ItemResult {
  readonly id: string
  readonly code: number
  readonly msg?: string
}

/** How a read chooses its replica; only `leader` makes the server verify that it leads. */
export interface ReadMode {
  readonly leader: boolean
  /** Another replica answers from a state that has the log at least up to here. */
  readonly atLeast?: number
}

export interface Shown {
  /** The last entry of the log of which the answer may have shown something. */
  readonly shown: number
}

/** What a server says of its replica, for whoever changes the members of the group. */
export interface ReplicaReport {
  readonly node: NodeId
  readonly term: number
  readonly leader: NodeId | null
  readonly commit: number
  /** In force, so it is committed; a member that hears nothing may have an old one. */
  readonly membership: Membership
  /** What the leader knows of each other member; empty elsewhere. */
  readonly members: readonly MemberReport[]
}

export interface MemberReport {
  readonly node: NodeId
  readonly match: number
  /** Takes entries as they come, and lacks less than `ps.raft_diff_count` of them. */
  readonly isCaughtUp: boolean
}

/** A checksum of the documents of a range of docids. */
export interface RangeDigest {
  readonly applied: number
  /** One more than the last docid that was ever given. */
  readonly nextDocid: number
  readonly documents: number
  readonly digest: string
}

export interface PsApi {
  ping: {request: Record<string, never>; response: {nodeId: NodeId; cluster: string}}

  /** Of the process that the server is in, as the next four; METHOD_NOT_IMPLEMENT where nobody handed it over. */
  processFacts: {request: Record<string, never>; response: ProcessFacts}
  setLogLevel: {request: {level: LogLevel}; response: ProcessFacts}
  logPart: {request: {position: LogPosition | null; filter: LogFilter}; response: LogPart}
  /** Answered when it is written, at the latest after `profileMsMax`. */
  profile: {request: {kind: ProfileKind; ms: number}; response: {file: string; bytes: number}}
  /** Stops as at a SIGTERM; answered before it has begun. */
  stopProcess: {request: Record<string, never>; response: Record<string, never>}
  /** What the server runs with. */
  configuration: {request: Record<string, never>; response: {values: readonly ValueInForce[]}}

  createPartition: {request: {partitionId: PartitionId; space: Space}; response: Record<string, never>}
  /** Removes the partition and its data; one that is not here is fine. */
  deletePartition: {request: {partitionId: PartitionId}; response: Record<string, never>}
  /** PARTITION_NOT_EXIST where the node holds none. */
  replicaReport: {request: {partitionId: PartitionId}; response: ReplicaReport}
  /**
   * Makes an empty replica that is to be a learner of a group which exists, with these voters. What an earlier stay in the group
   * has left is set aside; a replica that this change, or a later one, has made is left as it is.
   */
  joinPartition: {
    request: {partitionId: PartitionId; space: Space; voters: readonly NodeId[]; change: number}
    response: Record<string, never>
  }
  /**
   * Proposes one step from `from` to another membership, several changes by way of a joint one; answered when it is in the log.
   * GUARD_FAILED where `from` is not what is in force.
   */
  changeMembers: {
    request: {partitionId: PartitionId; from: Membership; changes: readonly MemberChange[]}
    response: Record<string, never>
  }
  /** Hands leadership to a voter, the most advanced one if `to` is null; answered when somebody else leads. */
  transferLeadership: {request: {partitionId: PartitionId; to: NodeId | null}; response: {leader: NodeId}}
  /**
   * Sets aside a replica that its group has removed; one that is not here is fine. GUARD_FAILED where a later change than
   * `change` has made it. The directory where it is, null if there was nothing.
   */
  retireReplica: {
    request: {partitionId: PartitionId; change: number; reason: string}
    response: {directory: string | null}
  }
  /** What the node has set aside, whenever that was. */
  asideReplicas: {request: Record<string, never>; response: {replicas: readonly AsideReplica[]}}
  updatePartition: {request: {partitionId: PartitionId; space: Space}; response: Record<string, never>}
  changeIndexes: {
    request: {partitionId: PartitionId; space: Space; add: readonly IndexSpec[]; remove: readonly string[]}
    response: Record<string, never>
  }
  /** All partitions of the node if `partitionIds` is empty. */
  partitionInfo: {
    request: {partitionIds: readonly PartitionId[]; detail: boolean}
    response: {partitions: readonly PartitionInfo[]}
  }
  stats: {request: Record<string, never>; response: ServerStats}
  getEngineConfig: {request: {partitionId: PartitionId}; response: SpaceConfig}
  setEngineConfig: {request: {partitionId: PartitionId; config: SpaceConfig}; response: Record<string, never>}
  setResourceLimit: {
    request: {partitionIds: readonly PartitionId[]; exhausted: boolean | null}
    response: Record<string, never>
  }

  /** `documents`: a batch from `encodeDocuments`. Results are in the order of the batch. */
  upsert: {
    request: {partitionId: PartitionId; documents: Uint8Array}
    response: {results: readonly ItemResult[]} & Shown
  }
  /** Returns the ids that existed. */
  delete: {request: {partitionId: PartitionId; ids: readonly string[]}; response: {deleted: readonly string[]} & Shown}
  /** Resolves the filter to at most `limit` ids, then deletes those. */
  deleteByFilter: {
    request: {partitionId: PartitionId; filter: Filter; limit: number}
    response: {deleted: readonly string[]} & Shown
  }
  /** Documents found, as bytes from `encodeStored`; misses are left out. */
  get: {
    request: {partitionId: PartitionId; ids: readonly string[]; projection: WireProjection} & ReadMode
    response: {documents: Uint8Array} & Shown
  }
  /** By docid; with `next`, the first document with a docid greater than each. Null for a miss, in request order. */
  getByDocid: {
    request: {partitionId: PartitionId; docids: readonly number[]; next: boolean; projection: WireProjection} & ReadMode
    response: {documents: Uint8Array; found: readonly boolean[]} & Shown
  }
  query: {
    request: {
      partitionId: PartitionId
      filter: Filter | null
      offset: number
      limit: number
      projection: WireProjection
    } & ReadMode
    response: {documents: Uint8Array} & Shown
  }
  search: {request: WireSearch & ReadMode; response: {hits: Uint8Array} & Shown}

  /** Of the documents with a docid in [from, from + count), at most 1,024 of them; nothing is applied meanwhile. */
  digestDocuments: {request: {partitionId: PartitionId; from: number; count: number}; response: RangeDigest}

  /**
   * Between the servers of a partition: fetch the checkpoint `index` from the server at `from`. Answered when all of it is here,
   * ready to take the state's place.
   */
  takeCheckpoint: {
    request: {partitionId: PartitionId; index: number; from: {readonly host: string; readonly port: number}}
    response: Record<string, never>
  }
  /**
   * The newest state that can be fetched from here, of the entry `atLeast` or a later one; made now where there is none.
   * PARTITION_IS_INVALID where the replica has not come so far.
   */
  newestCheckpoint: {
    request: {partitionId: PartitionId; atLeast: number}
    response: {index: number; term: number}
  }
  /** The files of a checkpoint, by path below its directory, with the CRC-32 of each. */
  checkpointFiles: {
    request: {partitionId: PartitionId; index: number}
    response: {files: readonly {readonly path: string; readonly bytes: number; readonly crc: number}[]}
  }
  /** Up to `length` bytes of a file of a checkpoint, and their CRC-32. */
  checkpointBytes: {
    request: {partitionId: PartitionId; index: number; path: string; offset: number; length: number}
    response: {bytes: Uint8Array; crc: number}
  }

  flush: {request: {partitionId: PartitionId}; response: Record<string, never>}
  /** Starts indexing what is not indexed and answers at once. */
  forceMerge: {request: {partitionId: PartitionId}; response: Record<string, never>}
  rebuildIndex: {request: {partitionId: PartitionId; dropBeforeRebuild: boolean}; response: Record<string, never>}
}

export interface WireSearch {
  readonly partitionId: PartitionId
  /** One for each vector field that is searched; more than one are combined by `weights`. */
  readonly vectors: readonly {
    readonly field: string
    /** float32 little-endian, `queries` × dimension. */
    readonly features: Uint8Array
    readonly minScore?: number
    readonly maxScore?: number
  }[]
  readonly weights: readonly number[]
  readonly queries: number
  readonly topK: number
  readonly offset: number
  readonly filter: Filter | null
  readonly exact: boolean
  readonly params: Readonly<Record<string, unknown>>
  readonly projection: WireProjection
}

export type PsMethod = keyof PsApi
export type PsRequest<M extends PsMethod> = PsApi[M]['request']
export type PsResponse<M extends PsMethod> = PsApi[M]['response']

export interface CallOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** Calls to partition servers by address; `rpc/client.ts` implements it, connections are kept and shared. */
export interface PsCaller {
  /**
   * Errors: the server's own coded error; CALL_RPCCLIENT_FAILED (outcome `unknown` once the request may have been
   * sent, `rejected` when it certainly was not); TIMEOUT (outcome `unknown`).
   */
  call<M extends PsMethod>(
    address: {readonly host: string; readonly port: number},
    method: M,
    request: PsRequest<M>,
    options: CallOptions,
  ): Promise<PsResponse<M>>
}

/** A server's side of the same table. */
export type PsHandlers = {
  readonly [M in PsMethod]: (request: PsRequest<M>, context: {readonly signal: AbortSignal}) => Promise<PsResponse<M>>
}

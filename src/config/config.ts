/**
 * The effective configuration: every key of Vearch's TOML file, with its default applied.
 *
 * Names are those of the file, so that a reader of one can read the other. What each key means and where its default
 * comes from stands beside it in `schema.ts`.
 */
export interface Config {
  readonly global: GlobalConfig
  readonly etcd: EtcdConfig | null
  readonly masters: readonly MasterConfig[]
  readonly router: RouterConfig
  readonly ps: PsConfig
  readonly tracer: TracerConfig | null
  /** Null: connections between nodes are authenticated and not encrypted. */
  readonly tls: TlsConfig | null
}

export interface GlobalConfig {
  readonly name: string
  readonly resource_name: string
  /** At least one directory; the first holds the node's meta file. */
  readonly data: readonly string[]
  readonly log: string
  readonly level: LogLevel
  readonly log_file_num: number
  /** MiB. */
  readonly log_file_size: number
  readonly signkey: string
  readonly skip_auth: boolean
  readonly self_manage_etcd: boolean
  readonly support_etcd_auth: boolean
  readonly auto_recover_ps: boolean
  readonly raft_consistent: boolean
  readonly limited_db_num: boolean
  readonly limited_replica_num: boolean
  readonly resource_limit_rate: number
}

export type LogLevel = 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'PANIC' | 'FATAL'

export interface EtcdConfig {
  readonly address: readonly string[]
  readonly etcd_client_port: number
  readonly user_name: string
  readonly password: string
}

export interface MasterConfig {
  readonly name: string
  readonly address: string
  readonly api_port: number
  readonly etcd_peer_port: number
  readonly etcd_client_port: number
  readonly cluster_state: 'new' | 'existing'
  readonly pprof_port: number
  readonly monitor_port: number
}

export interface RouterConfig {
  readonly port: number
  readonly rpc_port: number
  readonly pprof_port: number
  readonly monitor_port: number
  /** Calls in flight to one partition server. */
  readonly concurrent_num: number
  /** Milliseconds. */
  readonly rpc_timeout: number
  readonly allow_origins: readonly string[]
}

export interface PsConfig {
  readonly rpc_port: number
  /** Seconds: the time to live of the server's lease. */
  readonly ps_heartbeat_timeout: number
  readonly raft_heartbeat_port: number
  readonly raft_replicate_port: number
  /** Milliseconds. */
  readonly heartbeat_interval: number
  readonly raft_retain_logs: number
  readonly raft_replica_concurrency: number
  readonly raft_snap_concurrency: number
  readonly raft_truncate_count: number
  readonly raft_diff_count: number
  /** Seconds. */
  readonly replica_auto_recover_time: number
  readonly replica_anti_affinity_strategy: 0 | 1 | 2 | 3
  readonly pprof_port: number
  readonly monitor_port: number
  readonly private: boolean
  /** Seconds. */
  readonly flush_time_interval: number
  readonly flush_count_threshold: number
  readonly concurrent_num: number
  /** Seconds. */
  readonly rpc_timeout: number
}

export interface TracerConfig {
  readonly host: string
  readonly sample_type: string
  readonly sample_param: number
}

/** Of the connections between nodes: rpc and raft. Ours, not Vearch's. */
export interface TlsConfig {
  /** PEM files. */
  readonly cert_file: string
  readonly key_file: string
  readonly ca_file: string
  readonly mutual: boolean
  readonly verify_host: boolean
}

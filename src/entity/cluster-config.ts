/** Settings of the whole cluster that are changed while it runs. Stored under `P/router/`. */
export interface RequestLimit {
  readonly request_limit_enabled: boolean
  readonly read_request_limit_count?: number
  readonly write_request_limit_count?: number
}

export interface MemoryLimit {
  readonly memory_limit_enabled: boolean
  /** Percent. */
  readonly router_memory_limit: number
  /** Percent. */
  readonly ps_memory_limit: number
}

export interface SlowSearchIsolation {
  readonly slow_search_isolation_enabled: boolean
}

export const defaultRequestLimit: RequestLimit = {
  request_limit_enabled: true,
  read_request_limit_count: 1_000_000,
  write_request_limit_count: 1_000_000,
}
export const defaultMemoryLimit: MemoryLimit = {
  memory_limit_enabled: true,
  router_memory_limit: 90,
  ps_memory_limit: 90,
}
export const defaultSlowSearchIsolation: SlowSearchIsolation = {slow_search_isolation_enabled: true}

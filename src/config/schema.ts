/**
 * The configuration file, key by key: what each may hold, what it is when absent and why, and which role reads it.
 *
 * "Vearch's" marks a default taken over from Vearch (control-plane spec §1.2 to §1.7). The compiler holds these rows to
 * `config.ts`: a key that is in one and not in the other, or of another type, does not compile.
 */
import type {EtcdConfig, GlobalConfig, MasterConfig, PsConfig, RouterConfig, TlsConfig, TracerConfig} from './config.js'
import {choice, flag, integer, type Key, number, optionalPort, port, ratio, secret, text, texts} from './key.js'

type Rows<Section> = {readonly [K in keyof Section]: Key<Section[K]>}

const upperCase = (value: unknown) => (typeof value === 'string' ? value.toUpperCase() : value)

const globalRows: Rows<GlobalConfig> = {
  name: text(
    {fallback: undefined, note: 'the cluster: root of its metadata keys, and what a joining node must agree on'},
    {pattern: /^\/?[^\s/\p{Cc}]+$/u, expects: 'a name without spaces, control characters or slashes inside'},
  ),
  resource_name: text({fallback: 'default', note: 'the pool of servers this process belongs to; Vearch’s'}),
  data: texts(
    {fallback: undefined, note: 'data directories; the first also holds the node’s own files'},
    {countMin: 1},
  ),
  log: text({fallback: '', note: 'log directory; logs inside the first data directory when absent'}),
  level: choice(
    {fallback: 'INFO', note: 'least severe log line written; INFO tells every change of state and nothing per request'},
    ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'PANIC', 'FATAL'],
    upperCase,
  ),
  log_file_num: integer({fallback: 5, note: 'rotated log files kept; Vearch’s'}, {min: 1, zeroIsDefault: true}),
  log_file_size: integer({fallback: 1024, note: 'MiB before rotation; Vearch’s'}, {min: 1, zeroIsDefault: true}),
  signkey: secret({
    fallback: '',
    note: 'root’s password, and the cluster’s key between nodes; needed unless skip_auth = true',
  }),
  skip_auth: flag({fallback: false, note: 'true leaves master and router open to everyone; off is the safe side'}),
  self_manage_etcd: flag({fallback: false, note: 'true uses the etcd of [etcd] and starts none; Vearch’s'}),
  support_etcd_auth: flag({fallback: false, note: 'true logs in to etcd with [etcd] user_name and password; Vearch’s'}),
  auto_recover_ps: flag({
    fallback: false,
    note: 'replace the replicas of a dead server; off, as Vearch is without the key',
    usedBy: ['master'],
  }),
  raft_consistent: flag({
    fallback: false,
    note: 'no read shows less than one before; replicas that lag are avoided; Vearch’s',
    usedBy: ['ps', 'router'],
  }),
  limited_db_num: flag({fallback: false, note: 'at most one database; Vearch’s', usedBy: ['master']}),
  limited_replica_num: flag({fallback: false, note: 'refuse fewer than 3 replicas; Vearch’s', usedBy: ['master']}),
  resource_limit_rate: ratio({
    fallback: 0.9,
    note: 'share of disk or memory beyond which a partition refuses writes; Vearch’s',
    usedBy: ['ps'],
  }),
}

const etcdRows: Rows<EtcdConfig> = {
  address: texts({fallback: [], note: 'hosts of an etcd that is run by somebody else'}),
  etcd_client_port: port({fallback: 2379, note: 'client port of all of them; etcd’s own default'}),
  user_name: text({fallback: '', note: 'for support_etcd_auth'}),
  password: secret({fallback: '', note: 'for support_etcd_auth'}),
}

const masterRows: Rows<MasterConfig> = {
  name: text({fallback: '', note: 'etcd member name; m1, m2, … by position when absent'}),
  address: text(
    {fallback: undefined, note: 'IP or DNS name under which the others reach this master'},
    {pattern: /^[^\s/]+$/, expects: 'an IP address or a host name, without http://'},
  ),
  api_port: port({fallback: 8817, note: 'the master’s HTTP API; as in Vearch’s shipped file'}),
  etcd_peer_port: port({
    fallback: 2390,
    note: 'etcd between masters; as in Vearch’s shipped file',
    usedBy: ['master'],
  }),
  etcd_client_port: port({fallback: 2370, note: 'metadata for every node; as in Vearch’s shipped file'}),
  cluster_state: choice(
    {fallback: 'new', note: 'existing joins a running etcd cluster; Vearch’s', usedBy: ['master']},
    ['new', 'existing'],
    (value) => (typeof value === 'string' ? value.toLowerCase() || 'new' : value),
  ),
  pprof_port: optionalPort({note: 'profiling; off unless set, as in Vearch', usedBy: ['master']}),
  monitor_port: optionalPort({note: 'Prometheus metrics; off unless set, as in Vearch', usedBy: ['master']}),
}

const routerRows: Rows<RouterConfig> = {
  port: port({fallback: 9001, note: 'the client’s HTTP port; as in Vearch’s shipped file', usedBy: ['router']}),
  rpc_port: optionalPort({note: 'accepted; Vearch opens it with no service behind it', usedBy: ['router']}),
  pprof_port: optionalPort({note: 'profiling; off unless set, as in Vearch', usedBy: ['router']}),
  monitor_port: optionalPort({note: 'Prometheus metrics; off unless set, as in Vearch', usedBy: ['router']}),
  concurrent_num: integer(
    {fallback: 2000, note: 'calls in flight to one partition server; Vearch’s'},
    {min: 1, zeroIsDefault: true},
  ),
  rpc_timeout: integer(
    {fallback: 10_000, note: 'milliseconds for one document request; Vearch’s', usedBy: ['router']},
    {min: 1, zeroIsDefault: true},
  ),
  allow_origins: texts({
    fallback: [],
    note: 'origins that browsers may call from; none by default',
    usedBy: ['router'],
  }),
}

const psRows: Rows<PsConfig> = {
  rpc_port: port({fallback: 8081, note: 'calls from routers and masters; as in Vearch’s shipped file', usedBy: ['ps']}),
  ps_heartbeat_timeout: integer(
    {fallback: 5, note: 'seconds until a silent server counts as dead; Vearch’s', usedBy: ['ps']},
    {min: 1, zeroIsDefault: true},
  ),
  raft_heartbeat_port: port({fallback: 8898, note: 'raft heartbeats; as in Vearch’s shipped file', usedBy: ['ps']}),
  raft_replicate_port: port({fallback: 8899, note: 'raft entries; as in Vearch’s shipped file', usedBy: ['ps']}),
  heartbeat_interval: integer(
    {fallback: 500, note: 'milliseconds of a raft tick; Vearch’s', usedBy: ['ps']},
    {min: 10, max: 60_000, zeroIsDefault: true},
  ),
  raft_retain_logs: integer(
    {fallback: 20_000, note: 'entries kept after truncation; Vearch’s raft', usedBy: ['ps']},
    {min: 1, zeroIsDefault: true},
  ),
  raft_replica_concurrency: integer(
    {fallback: 5, note: 'reads of the log at once for replicas that are behind; Vearch’s raft', usedBy: ['ps']},
    {min: 1, zeroIsDefault: true},
  ),
  raft_snap_concurrency: integer(
    {fallback: 10, note: 'snapshots sent at once; Vearch’s raft', usedBy: ['ps']},
    {min: 1, zeroIsDefault: true},
  ),
  raft_truncate_count: integer(
    {fallback: 100_000, note: 'entries in checkpoints from which on the log is truncated; Vearch’s', usedBy: ['ps']},
    {min: 1, zeroIsDefault: true},
  ),
  raft_diff_count: integer(
    {fallback: 10_000, note: 'entries a replica may lag and still count as ready; Vearch’s', usedBy: ['ps']},
    {min: 1, zeroIsDefault: true},
  ),
  replica_auto_recover_time: integer(
    {fallback: 1800, note: 'seconds a server is dead before it is replaced; Vearch’s', usedBy: ['master']},
    {min: 1, zeroIsDefault: true},
  ),
  replica_anti_affinity_strategy: choice(
    {
      fallback: 0,
      note: 'keep replicas apart by 1 host, 2 rack, 3 zone; 0 not at all, as in Vearch',
      usedBy: ['master'],
    },
    [0, 1, 2, 3],
  ),
  pprof_port: optionalPort({note: 'profiling; off unless set, as in Vearch', usedBy: ['ps']}),
  monitor_port: {
    ...integer(
      {fallback: 8818, note: 'Prometheus metrics; Vearch’s', usedBy: ['ps']},
      {min: 1, max: 65_535, zeroIsDefault: true},
    ),
    isPort: true,
  },
  private: flag({fallback: false, note: 'serve only databases that name this host; Vearch’s', usedBy: ['ps']}),
  flush_time_interval: integer(
    {fallback: 600, note: 'seconds between flushes; Vearch’s', usedBy: ['ps']},
    {min: 1, zeroIsDefault: true},
  ),
  flush_count_threshold: integer(
    {fallback: 200_000, note: 'changes before a flush is worth while; Vearch’s', usedBy: ['ps']},
    {min: 1, zeroIsDefault: true},
  ),
  concurrent_num: integer(
    {fallback: 256, note: 'reads, and writes, at work at once; Vearch’s', usedBy: ['ps']},
    {min: 1, zeroIsDefault: true},
  ),
  rpc_timeout: integer(
    {fallback: 10, note: 'seconds (the router’s is in milliseconds) for one call; Vearch’s', usedBy: ['ps']},
    {min: 1, zeroIsDefault: true},
  ),
}

const tracerRows: Rows<TracerConfig> = {
  host: text({fallback: '', note: 'host:port of a Jaeger agent'}),
  sample_type: text({fallback: 'const', note: 'Jaeger sampler; sample everything when absent'}),
  sample_param: number({fallback: 1, note: 'its parameter'}),
}

const pem = {pattern: /./, expects: 'the path of a PEM file'}
const tlsRows: Rows<TlsConfig> = {
  cert_file: text({fallback: undefined, note: 'this node’s certificate, PEM'}, pem),
  key_file: text({fallback: undefined, note: 'its key, PEM'}, pem),
  ca_file: text({fallback: undefined, note: 'who signed the certificates of all nodes, PEM'}, pem),
  mutual: flag({fallback: false, note: 'true asks who dials for a certificate, too, beside the cluster’s key'}),
  verify_host: flag({
    fallback: true,
    note: 'a certificate must name the address that is dialled; false takes any that ca_file signed',
  }),
}

export const schema = {
  global: globalRows,
  etcd: etcdRows,
  masters: masterRows,
  router: routerRows,
  ps: psRows,
  tracer: tracerRows,
  tls: tlsRows,
}
export type SectionName = keyof typeof schema

/** Other spellings of a key that files in use have. */
export const oldSpellings: Readonly<Partial<Record<SectionName, Readonly<Record<string, string>>>>> = {
  ps: {'heartbeat-interval': 'heartbeat_interval'},
}

/** Keys of files in use that have no effect, in Vearch or here, and why. */
export const deadKeys: Readonly<Partial<Record<SectionName, Readonly<Record<string, string>>>>> = {
  global: {path: 'Vearch overwrites it with the path of the file'},
  masters: {etcd_port: 'Vearch reads it and uses it nowhere; etcd_client_port and etcd_peer_port are what counts'},
  router: {
    plugin_path: 'Vearch ships it in its file and has no such setting',
    conn_limit: 'Vearch reads it and uses it nowhere',
    close_timeout: 'Vearch reads it and uses it nowhere',
    router_ips: 'Vearch reads it and uses it nowhere',
  },
  ps: {
    engine_dwpt_num: 'of Vearch’s first releases; gone since',
    max_size: 'of Vearch’s first releases; gone since',
  },
}

/** Never had an effect, wherever it stands. */
export const deadAnywhere: Readonly<Record<string, string>> = {merge_router: 'no release of Vearch has read it'}

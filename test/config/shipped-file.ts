/** A configuration as operators have it, comments and old spellings included. */
export const shippedToml = `[global]
name = "vearch"
# 数组
data = ["/home/vearch/Data/baud/datas/"]
log = "/home/vearch/Data/baud/logs/"
level = "debug"
signkey = "vearch"
skip_auth = true
[[masters]]
name = "master1"
address = "ip1"
api_port = 8817
etcd_port = 2378
etcd_peer_port = 2390
etcd_client_port = 2370
skip_auth = true
[[masters]]
name = "master2"
address = "ip2"
api_port = 8817
etcd_port = 2378
etcd_peer_port = 2390
etcd_client_port = 2370
skip_auth = true
[[masters]]
name = "master3"
address = "ip3"
api_port = 8817
etcd_port = 2378
etcd_peer_port = 2390
etcd_client_port = 2370
skip_auth = true
[router]
# port for server
port = 9001
# skip auth for client visit data
skip_auth = true
[ps]
# port for server
rpc_port = 8081
# raft config begin
raft_heartbeat_port = 8898
raft_replicate_port = 8899
heartbeat-interval = 200 #ms
raft_retain_logs = 10000
raft_replica_concurrency = 1
raft_snap_concurrency = 1
`

import {loadConfig} from './load.js'
import type {LoadedConfig} from './loaded.js'

/**
 * The configuration of `vearchctl node start all` without a file: a whole cluster in one process.
 *
 * Everything is reached over loopback, so whoever can connect could read the data directory as well: authentication is
 * off. `signkey` still names root's password for the day when `skip_auth` is turned off; it is Vearch's own.
 */
export function embeddedConfig(directory = './vearch-data'): LoadedConfig {
  return loadConfig(embeddedToml(directory), 'embedded default')
}

/** The same as a file, to start one's own from. */
export function embeddedToml(directory: string): string {
  return `[global]
name = "vearch"
data = [${JSON.stringify(`${directory}/data`)}]
log = ${JSON.stringify(`${directory}/logs`)}
level = "INFO"
signkey = "secret"
skip_auth = true

[[masters]]
name = "m1"
address = "127.0.0.1"
api_port = 8817
etcd_client_port = 2370
etcd_peer_port = 2390

[router]
port = 9001

[ps]
rpc_port = 8081
raft_heartbeat_port = 8898
raft_replicate_port = 8899

# Encrypts what nodes say to each other (rpc and raft), on every node or on none.
# [tls]
# cert_file = "/etc/vearch/node.pem"
# key_file = "/etc/vearch/node.key"
# ca_file = "/etc/vearch/ca.pem"
# mutual = true
`
}

import type {Config} from '../config/config.js'
import {authorityOf} from './etcd-spec.js'

/** Where a node or a command finds the cluster's etcd. */
export function etcdAddress({global, etcd, masters}: Config) {
  const endpoints =
    global.self_manage_etcd && etcd !== null
      ? etcd.address.map((address) => authorityOf(address, etcd.etcd_client_port))
      : masters.map(({address, etcd_client_port}) => authorityOf(address, etcd_client_port))
  const user = global.support_etcd_auth && etcd !== null ? {user: etcd.user_name, password: etcd.password} : {}
  return {endpoints, ...user}
}

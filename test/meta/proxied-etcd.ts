/** An etcd of its own, and two stores on it: one through a proxy that can be stopped, and one to look with meanwhile. */
import type {EtcdStore} from '../../src/meta/etcd-store.js'
import {startEtcd, type TestEtcd} from '../harness/etcd.js'
import {startTcpProxy, type TcpProxy} from '../harness/tcp-proxy.js'
import {openStore} from './stores.js'

export interface ProxiedEtcd {
  readonly etcd: TestEtcd
  readonly proxy: TcpProxy
  readonly through: EtcdStore
  readonly store: EtcdStore
  stop(): Promise<void>
}

export async function startProxiedEtcd(): Promise<ProxiedEtcd> {
  const etcd = await startEtcd()
  const proxy = await startTcpProxy(etcd.endpoint)
  const through = openStore(proxy.endpoint)
  const store = openStore(etcd.endpoint)
  const stop = async () => {
    await Promise.all([through.close(), store.close()])
    await proxy.stop()
    await etcd.stop()
  }
  return {etcd, proxy, through, store, stop}
}

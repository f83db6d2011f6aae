import {silentLog} from '../../src/env/log.js'
import {systemEnv} from '../../src/env/system-env.js'
import {EtcdStore, type EtcdStoreOptions} from '../../src/meta/etcd-store.js'

export const env = systemEnv(silentLog)

export function openStore(endpoint: string, options: Partial<EtcdStoreOptions> = {}): EtcdStore {
  return new EtcdStore({endpoints: [endpoint], ...options}, env)
}

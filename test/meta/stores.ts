import {systemClock} from '../../src/env/clock.js'
import {silentLog} from '../../src/env/log.js'
import {systemRandom} from '../../src/env/random.js'
import {EtcdStore, type EtcdStoreOptions} from '../../src/meta/etcd-store.js'

export const env = {clock: systemClock, random: systemRandom, log: silentLog}

export function openStore(endpoint: string, options: Partial<EtcdStoreOptions> = {}): EtcdStore {
  return new EtcdStore({endpoints: [endpoint], ...options}, env)
}

import {silentLog} from '../../src/env/log.js'
import {systemEnv} from '../../src/env/system-env.js'
import {EtcdStore} from '../../src/meta/etcd-store.js'
import {startEtcd} from '../harness/etcd.js'
import {describe} from '../harness/with-etcd.js'
import {metaStoreContract} from './meta-store.js'

describe('a real etcd', () =>
  metaStoreContract('the etcd store', async () => {
    const etcd = await startEtcd()
    const store = new EtcdStore({endpoints: [etcd.endpoint]}, systemEnv(silentLog))
    return {
      store,
      compact: async (revision) => void (await etcd.ctl('compact', String(revision))),
      close: async () => {
        await store.close()
        await etcd.stop()
      },
    }
  }))

import {silentLog} from '../../src/env/log.js'
import {systemEnv} from '../../src/env/system-env.js'
import {EtcdStore} from '../../src/meta/etcd-store.js'
import {startEmbedded} from '../harness/embedded-store.js'
import {metaStoreContract} from './meta-store.js'

const env = systemEnv(silentLog)

metaStoreContract('the embedded store', async () => {
  const {store, stop} = await startEmbedded()
  return {store, compact: (revision) => store.compact(revision), close: stop}
})

metaStoreContract('the etcd store on the embedded server', async () => {
  const {store: embedded, stop} = await startEmbedded()
  const store = new EtcdStore({endpoints: [`127.0.0.1:${embedded.port}`]}, env)
  return {
    store,
    compact: (revision) => embedded.compact(revision),
    close: async () => {
      await store.close()
      await stop()
    },
  }
})

import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {silentLog} from '../../src/env/log.js'
import {systemEnv} from '../../src/env/system-env.js'
import {EmbeddedStore} from '../../src/meta/embedded/embedded-store.js'
import {EtcdStore} from '../../src/meta/etcd-store.js'
import {metaStoreContract} from './meta-store.js'

const env = systemEnv(silentLog)

async function startEmbedded() {
  const directory = await mkdtemp(join(tmpdir(), 'embedded-'))
  const store = new EmbeddedStore({directory, listen: {host: '127.0.0.1', port: 0}}, env)
  await store.start()
  const stop = async () => {
    await store.stop()
    await rm(directory, {recursive: true, force: true})
  }
  return {store, stop}
}

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

/** A metadata store of this process, in a directory of its own. */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {silentLog} from '../../src/env/log.js'
import {systemEnv} from '../../src/env/system-env.js'
import {EmbeddedStore} from '../../src/meta/embedded/embedded-store.js'

const env = systemEnv(silentLog)

export interface TestStore {
  readonly store: EmbeddedStore
  /** Removes its data, too. */
  stop(): Promise<void>
}

export async function startEmbedded(): Promise<TestStore> {
  const directory = await mkdtemp(join(tmpdir(), 'embedded-'))
  const store = new EmbeddedStore({directory, listen: {host: '127.0.0.1', port: 0}}, env)
  await store.start()
  const stop = async () => {
    await store.stop()
    await rm(directory, {recursive: true, force: true})
  }
  return {store, stop}
}

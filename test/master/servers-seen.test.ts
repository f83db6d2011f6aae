import {afterEach, beforeEach, expect, it} from 'vitest'
import {nodeId} from '../../src/entity/ids.js'
import {silentLog} from '../../src/env/log.js'
import {whenServersSeen} from '../../src/master/cluster.js'
import {Keys} from '../../src/meta/keys.js'
import {LiveView} from '../../src/meta/live-view.js'
import {MetaRepository, putRecord} from '../../src/meta/repository.js'
import {startEmbedded, type TestStore} from '../harness/embedded-store.js'

const keys = new Keys('c')
const call = {signal: new AbortController().signal, remainingMs: () => 10_000}
let store: TestStore
let view: LiveView
beforeEach(async () => {
  store = await startEmbedded()
  view = new LiveView(store.store, keys, silentLog)
})
afterEach(async () => {
  await view.stop()
  await store.stop()
})

it('a view that is behind is waited for before anything is said of servers', async () => {
  const server = (node: number) => ({name: node, ip: '127.0.0.1', rpc_port: 1})
  const failed = {nodeID: 2, server: server(2), time_stamp: 1}
  await store.store.transact({then: [putRecord(keys.server(nodeId(1)), server(1))]})
  await store.store.transact({then: [putRecord(keys.failServer(nodeId(2)), failed)]})
  const seen = whenServersSeen({repository: new MetaRepository(store.store, keys), view}, call)
  await view.start()
  expect(await seen).toMatchObject([{name: 1}])
  expect(view.failServers.get(nodeId(2))).toMatchObject({nodeID: 2})
})

it('it is not waited for longer than the call has', async () => {
  await store.store.transact({then: [putRecord(keys.server(nodeId(1)), {name: 1})]})
  const seen = whenServersSeen(
    {repository: new MetaRepository(store.store, keys), view},
    {...call, signal: AbortSignal.timeout(50)},
  )
  await expect(seen).rejects.toMatchObject({errorName: 'CANCELED'})
})

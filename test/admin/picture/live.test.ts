/** A running master on a real etcd, looked at both ways: its servers asked directly, and through the master's API over HTTP. */
import {afterAll, beforeAll, expect} from 'vitest'
import {examine} from '../../../src/admin/doctor/doctor.js'
import {healthOf} from '../../../src/admin/health/health.js'
import {wantedSights} from '../../../src/admin/partitions/list-sources.js'
import {gather, type PictureSources} from '../../../src/admin/picture/gather.js'
import type {MasterSource} from '../../../src/admin/picture/master-answers.js'
import {docsOf} from '../../../src/admin/picture/partition-sight.js'
import {nodeId} from '../../../src/entity/ids.js'
import {isObject, parseJson} from '../../../src/entity/json.js'
import {systemClock} from '../../../src/env/clock.js'
import type {TestEtcd} from '../../harness/etcd.js'
import {metadataSource} from '../../harness/metadata-source.js'
import {until} from '../../harness/until.js'
import {test} from '../../harness/with-etcd.js'
import {basic, MasterHarness, signkey, spaceBody, startEtcd} from '../../master/cluster-harness.js'

let etcd: TestEtcd
let harness: MasterHarness
beforeAll(async () => {
  etcd = await startEtcd()
  harness = await MasterHarness.start(etcd, 3)
  for (const server of harness.servers) {
    server.behaviour.ping = async () => ({nodeId: nodeId(server.node), cluster: harness.cluster})
  }
  await harness.call('POST', '/dbs/web')
  const created = await harness.call('POST', '/dbs/web/spaces', spaceBody('img', {replica_num: 3}))
  expect(created.code).toBe(0)
})
afterAll(async () => {
  await harness.stop()
  await etcd.stop()
})

/** The master's API as a command reaches it. */
function overHttp(url: string): MasterSource {
  return {
    url,
    get: async (path, signal) => {
      const response = await fetch(url + path, {headers: {authorization: basic('root', signkey)}, signal})
      const envelope = parseJson(await response.text())
      if (!isObject(envelope) || envelope.code !== 0) throw new Error(`${path}: status ${response.status}`)
      const date = response.headers.get('date')
      return {data: envelope.data, clockMs: date === null ? null : Date.parse(date)}
    },
  }
}

function look(change: Partial<PictureSources> = {}) {
  const {store, rpc, url} = harness.master
  const metadata = metadataSource(store, harness.keys, `etcd ${etcd.endpoint}`)
  const sources = {metadata, store, masters: [overHttp(url)], nodes: rpc, clock: systemClock, ...change}
  return gather(sources, {signal: new AbortController().signal, nodeTimeoutMs: 2_000})
}

test.each<[string, Partial<PictureSources>]>([
  ['directly', {}],
  ['through the master', {nodes: null}],
])('a cluster that is well, looked at %s', async (_, change) => {
  const picture = await look(change)
  expect(picture.masters).toMatchObject([
    {told: true, value: {cluster: harness.cluster, version: 'test', aheadMs: expect.any(Number)}},
  ])
  const sights = wantedSights(picture, {space: 'web/img', state: 'ok'})
  expect(sights.map((sight) => docsOf(sight))).toEqual([7, 7])
  expect(healthOf(picture)).toMatchObject({word: 'OK', writable: {count: 2, of: 2}})
  // the stand-ins chose their ids themselves
  expect(examine(picture).findings.map(({code, subject}) => `${code} ${subject.name}`)).toEqual(['VC114 node'])
})

test('a server that stops: its lease is gone, its partitions are named', async () => {
  const [, , third] = harness.servers
  await third?.stop()
  await until('its key is gone', async () => (await look()).metadata.servers.size === 2)
  const picture = await look()
  const codes = new Set(examine(picture).findings.map(({code}) => code))
  expect(codes.has('VC103')).toBe(true)
  expect(wantedSights(picture, {state: 'ok'})).toEqual([])
})

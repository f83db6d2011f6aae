/** Plans against a real master and real raft groups: a node is drained, the drain is taken back, leadership moves. */
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {examine} from '../../src/admin/doctor/doctor.js'
import {healthOf} from '../../src/admin/health/health.js'
import {gather} from '../../src/admin/picture/gather.js'
import type {ClusterPicture} from '../../src/admin/picture/picture.js'
import {MasterHands} from '../../src/admin/plan/master-hands.js'
import {planDrain} from '../../src/admin/plan/node-plans.js'
import {PlanJournal} from '../../src/admin/plan/plan-journal.js'
import {runPlan, undoPlan} from '../../src/admin/plan/plan-run.js'
import {planTransfer} from '../../src/admin/plan/replica-plans.js'
import {nodeId, partitionId} from '../../src/entity/ids.js'
import {isObject, parseJson} from '../../src/entity/json.js'
import {silentLog} from '../../src/env/log.js'
import {systemEnv} from '../../src/env/system-env.js'
import {EtcdStore} from '../../src/meta/etcd-store.js'
import {Keys} from '../../src/meta/keys.js'
import {RpcClient} from '../../src/rpc/client.js'
import {TestCluster} from '../harness/cluster.js'
import {metadataSource} from '../harness/metadata-source.js'
import {until} from '../harness/until.js'

const env = systemEnv(silentLog)
const {signal} = new AbortController()
const keys = new Keys('test')

describe('a plan on a cluster of four servers', () => {
  let cluster: TestCluster
  let store: EtcdStore
  let nodes: RpcClient

  beforeAll(async () => {
    cluster = await TestCluster.start({ps: 4, embedded: true})
    store = new EtcdStore({endpoints: cluster.masters.map(({etcd}) => etcd)}, env)
    nodes = new RpcClient(env, {authKey: 'secret'})
    await cluster.ask('POST', '/dbs/db')
    await cluster.ask('POST', '/dbs/db/spaces?timeout=30000', {
      name: 'moved',
      partition_num: 3,
      replica_num: 3,
      fields: [
        {name: 'v', type: 'vector', dimension: 4, index: {name: 'v', type: 'FLAT', params: {metric_type: 'L2'}}},
      ],
    })
  }, 120_000)
  afterAll(async () => {
    await nodes?.stop()
    await store?.close()
    await cluster?.stop()
  })

  function look(): Promise<ClusterPicture> {
    const metadata = metadataSource(store, keys)
    return gather({metadata, store, masters: [], nodes, clock: env.clock}, {signal, nodeTimeoutMs: 3_000})
  }

  function parts() {
    const [master] = cluster.masters
    const call = async (method: string, path: string, body: unknown) => {
      const response = await fetch(`${master?.url}${path}?timeout=60000`, {method, body: JSON.stringify(body)})
      const envelope = parseJson(await response.text())
      if (!isObject(envelope) || envelope.code !== 0) throw new Error(`${method} ${path}: ${JSON.stringify(envelope)}`)
    }
    const writer = {
      get: (key: string) => store.get(key),
      apply: () => Promise.reject(new Error('these plans write no records')),
    }
    const journal = new PlanJournal(env.disk, join(cluster.directory, 'plans'))
    return {journal, hands: new MasterHands({call}, writer, keys, 'test'), look, clock: env.clock, signal}
  }

  it('drains a node, and gives it back what it had', async () => {
    const node = nodeId(1)
    const held = (picture: ClusterPicture) =>
      [...picture.partitions.values()].filter(({raft}) => raft?.members.includes(node))
    const before = held(await look()).map(({id}) => id)
    const plan = planDrain(await look(), node)
    const run = parts()
    expect(await runPlan(plan, run)).toMatchObject({state: 'applied', error: null, unmet: []})
    expect(held(await look())).toEqual([])
    const undo = undoPlan(await run.journal.read(plan.id), env.clock.wallMs())
    expect(await runPlan(undo, run)).toMatchObject({state: 'applied', error: null})
    expect(held(await look()).map(({id}) => id)).toEqual(before)
  }, 120_000)

  it('moves leadership, and leaves the cluster sound', async () => {
    const plan = planTransfer(await look(), partitionId(1), null)
    expect(await runPlan(plan, parts())).toMatchObject({state: 'applied', unmet: []})
    await until('all is well again', async () => healthOf(await look()).word === 'OK')
    expect(examine(await look(), {severity: 'warning'}).findings).toEqual([])
  }, 60_000)
})

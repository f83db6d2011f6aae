/** Plans against a real master and real raft groups: a node is drained, the drain is taken back, leadership moves. */
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {examine} from '../../src/admin/doctor/doctor.js'
import {healthOf} from '../../src/admin/health/health.js'
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
import {TestCluster} from '../harness/cluster.js'
import {Lookout} from '../harness/lookout.js'
import {until} from '../harness/until.js'

const env = systemEnv(silentLog)
const {signal} = new AbortController()
const nodeTimeoutMs = 3_000

describe('a plan on a cluster of four servers', () => {
  let cluster: TestCluster
  let lookout: Lookout

  beforeAll(async () => {
    cluster = await TestCluster.start({ps: 4, embedded: true})
    lookout = new Lookout(cluster, nodeTimeoutMs)
    await cluster.createSpace({name: 'moved', partition_num: 3, replica_num: 3, dimension: 4})
  }, 120_000)
  afterAll(async () => {
    await lookout?.stop()
    await cluster?.stop()
  })

  const look = () => lookout.look()

  function parts() {
    const [master] = cluster.masters
    const call = async (method: string, path: string, body: unknown) => {
      const response = await fetch(`${master?.url}${path}?timeout=60000`, {method, body: JSON.stringify(body)})
      const envelope = parseJson(await response.text())
      if (!isObject(envelope) || envelope.code !== 0) throw new Error(`${method} ${path}: ${JSON.stringify(envelope)}`)
    }
    const writer = {
      get: (key: string) => lookout.store.get(key),
      apply: () => Promise.reject(new Error('these plans write no records')),
    }
    const journal = new PlanJournal(env.disk, join(cluster.directory, 'plans'))
    return {journal, hands: new MasterHands({call}, writer, lookout.keys, 'test'), look, clock: env.clock, signal}
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

/**
 * 100,000 partitions on 200 servers, one in a thousand of them broken. Nothing here measures time: a step that compares all with
 * all takes 10^10 turns and does not end within the test's time.
 */
import {expect, test} from 'vitest'
import {examine} from '../../../src/admin/doctor/doctor.js'
import {healthOf} from '../../../src/admin/health/health.js'
import {nodeLines} from '../../../src/admin/nodes/node-line.js'
import {diskLines} from '../../../src/admin/partitions/disk-line.js'
import {partitionLines} from '../../../src/admin/partitions/partition-line.js'
import {told} from '../../../src/admin/picture/answer.js'
import {metadataOf} from '../../../src/admin/picture/metadata.js'
import {pictureOf, settingsDefault} from '../../../src/admin/picture/picture.js'
import {planDrain} from '../../../src/admin/plan/node-plans.js'
import {planRebalance} from '../../../src/admin/plan/rebalance.js'
import {rehearse} from '../../../src/admin/plan/rehearsal.js'
import {dbId, nodeId, partitionId, spaceId} from '../../../src/entity/ids.js'
import {stringifyJson} from '../../../src/entity/json.js'
import type {PartitionInfo} from '../../../src/entity/report.js'
import type {KeyValue} from '../../../src/meta/store.js'
import {ClusterFixture, infoOf, keys, nowMs, statsOf} from '../cluster-fixture.js'

const partitionCount = 100_000
const serverCount = 200
const perSpace = 1_000

const members = (id: number) => [0, 1, 2].map((step) => ((id + step * 67) % serverCount) + 1)

function bigCluster() {
  const kvs: KeyValue[] = []
  const put = (key: string, value: unknown) => {
    const text = typeof value === 'string' ? value : stringifyJson(value)
    kvs.push({key, value: new TextEncoder().encode(text), createRevision: 1, modRevision: 1, version: 1, lease: null})
  }
  const infos = new Map<number, PartitionInfo[]>()
  for (let node = 1; node <= serverCount; node++) infos.set(node, [])
  put(keys.db(dbId(1)), {id: 1, name: 'd'})
  put(keys.dbName(dbId(1)), 'd')
  put(keys.dbId('d'), '1')
  for (const sequence of ['node', 'space', 'db', 'partition'] as const)
    put(keys.sequence(sequence), String(partitionCount))
  const width = Math.floor(4_294_967_295 / perSpace)
  for (let space = 1; space <= partitionCount / perSpace; space++) {
    const listed = Array.from({length: perSpace}, (_, at) => {
      const id = (space - 1) * perSpace + at + 1
      return {
        id,
        name: '',
        space_id: space,
        db_id: 1,
        partition_slot: at * width,
        replicas: members(id),
        resourceExhausted: false,
      }
    })
    const shape = {
      resource_name: 'default',
      version: 2,
      db_id: 1,
      enabled: true,
      partition_num: perSpace,
      replica_num: 3,
    }
    put(keys.space(dbId(1), spaceId(space)), {id: space, name: `s${space}`, ...shape, partitions: listed})
    for (const partition of listed) {
      const [leader = 0] = partition.replicas
      if (partition.id % perSpace === 0) continue
      put(keys.partition(partitionId(partition.id)), {...partition, leader_name: leader, term: 3})
      for (const node of partition.replicas) {
        infos.get(node)?.push(infoOf(partition.id, node, {leader, members: partition.replicas}))
      }
    }
  }
  for (const [node, held] of infos) {
    const ports = {rpc_port: 1, raft_heartbeat_port: 2, raft_replicate_port: 3}
    const p_ids = held.map(({pid}) => pid)
    put(keys.server(nodeId(node)), {
      name: node,
      ip: `10.0.0.${node}`,
      resource_name: 'default',
      private: false,
      ...ports,
      p_ids,
    })
  }
  const sound = new ClusterFixture()
  return pictureOf({
    takenAtMs: nowMs,
    metadata: metadataOf({keys, place: 'etcd', revision: 1}, kvs),
    store: sound.store,
    leases: told(new Map(), {from: 'store', question: 'leases'}),
    masters: sound.masters,
    nodes: new Map(
      [...infos].map(([node, partitions]) => [
        nodeId(node),
        told(
          {identity: null, partitions, stats: statsOf(node, 0.4)},
          {from: 'node', node: nodeId(node), question: 'info'},
        ),
      ]),
    ),
    disks: [],
    config: sound.config,
    lastBackup: sound.lastBackup,
    settings: settingsDefault,
  })
}

test('whatever judges a cluster of 100,000 partitions ends', {timeout: 120_000}, () => {
  const picture = bigCluster()
  expect(picture.partitions.size).toBe(partitionCount)
  const broken = partitionCount / perSpace
  expect(examine(picture, {codes: ['VC105']}).findings).toHaveLength(broken)
  expect(examine(picture).results.map(({check}) => check.code)).toContain('VC136')
  expect(healthOf(picture).writable).toEqual({count: partitionCount - broken, of: partitionCount, unknown: 0})
  expect(partitionLines(picture, {unhealthy: true})).toHaveLength(broken)
  expect(nodeLines(picture)).toHaveLength(serverCount)
  expect(diskLines(picture).length).toBe((partitionCount - broken) * 3)
  const drain = planDrain(picture, nodeId(7))
  expect(drain.steps.length + drain.blocked.length).toBe((partitionCount * 3) / serverCount)
  expect(rehearse(picture, drain).nodes.find(({node}) => node === 7)?.after).toBe(drain.blocked.length)
  expect(planRebalance(picture, {by: 'count'}).plan.steps).toEqual([])
})

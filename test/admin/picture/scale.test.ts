/**
 * 100,000 partitions on 200 servers, one in a thousand of them broken; and the same smaller, with maps that count how often
 * somebody goes over them: whoever scans all for each of all is found by the count, whatever the machine does.
 */
import {expect, test} from 'vitest'
import {catalogue} from '../../../src/admin/doctor/catalogue.js'
import {examine, findingsOf} from '../../../src/admin/doctor/doctor.js'
import {healthOf} from '../../../src/admin/health/health.js'
import {statusCard} from '../../../src/admin/health/status-card.js'
import {nodeLines} from '../../../src/admin/nodes/node-line.js'
import {diskLines} from '../../../src/admin/partitions/disk-line.js'
import {wantedSights} from '../../../src/admin/partitions/list-sources.js'
import {told} from '../../../src/admin/picture/answer.js'
import {metadataOf} from '../../../src/admin/picture/metadata.js'
import {type ClusterPicture, pictureOf, settingsDefault} from '../../../src/admin/picture/picture.js'
import {nextAutomaticActions} from '../../../src/admin/plan/blast-radius.js'
import {planDrain} from '../../../src/admin/plan/node-plans.js'
import {planRebalance} from '../../../src/admin/plan/rebalance.js'
import {rehearse} from '../../../src/admin/plan/rehearsal.js'
import {whyNode} from '../../../src/admin/why/why-node.js'
import {dbId, nodeId, partitionId, spaceId} from '../../../src/entity/ids.js'
import {stringifyJson} from '../../../src/entity/json.js'
import type {PartitionInfo} from '../../../src/entity/report.js'
import type {KeyValue} from '../../../src/meta/store.js'
import {ClusterFixture, infoOf, keys, nowMs, statsOf} from '../cluster-fixture.js'

const serverCount = 200
const perSpace = 1_000

const members = (id: number) => [0, 1, 2].map((step) => ((id + step * 67) % serverCount) + 1)

/** Counts every entry that somebody is given in an iteration. */
class CountingMap<K, V> extends Map<K, V> {
  visits = 0

  override *entries(): MapIterator<[K, V]> {
    for (const entry of super.entries()) {
      this.visits++
      yield entry
    }
  }
  override [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries()
  }
  override *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value
  }
  override *keys(): MapIterator<K> {
    for (const [key] of this.entries()) yield key
  }
}

function clusterOf(partitionCount: number): ClusterPicture {
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

test('100,000 partitions are looked at, judged and listed', {timeout: 300_000}, () => {
  const partitionCount = 100_000
  const picture = clusterOf(partitionCount)
  const broken = partitionCount / perSpace
  expect(picture.partitions.size).toBe(partitionCount)
  expect(examine(picture).findings.filter(({code}) => code === 'VC105')).toHaveLength(broken)
  expect(healthOf(picture).writable).toEqual({count: partitionCount - broken, of: partitionCount, unknown: 0})
  expect(wantedSights(picture, {unhealthy: true})).toHaveLength(broken)
})

const small = clusterOf(2_000)

/** Times that anything may go over all partitions. */
const passesMax = 4

test.each<[string, (picture: ClusterPicture) => unknown, number?]>([
  ...catalogue.map(
    (check) =>
      [check.code, (picture: ClusterPicture) => findingsOf(check, picture)] as [
        string,
        (picture: ClusterPicture) => unknown,
      ],
  ),
  ['health', healthOf],
  ['status', statusCard],
  ['partitions list', (picture) => wantedSights(picture, {})],
  ['partitions disk', (picture) => diskLines(picture)],
  ['node list', nodeLines],
  ['why node', (picture) => whyNode(picture, nodeId(7))],
  ['node drain', (picture) => planDrain(picture, nodeId(7))],
  ['rebalance', (picture) => planRebalance(picture, {by: 'docs', threshold: 0})],
  ['blast radius', (picture) => nextAutomaticActions(picture, 1_800)],
  // all checks, before and after
  ['rehearsal', (picture) => rehearse(picture, planDrain(picture, nodeId(7))), 50],
])('%s goes over all partitions a few times and not once for each', (_, work, passes = passesMax) => {
  const partitionCount = small.partitions.size
  const partitions = new CountingMap(small.partitions)
  const records = new CountingMap(small.metadata.partitions)
  const spaces = new CountingMap(small.metadata.spaces)
  const servers = new CountingMap(small.metadata.servers)
  work({...small, partitions, metadata: {...small.metadata, partitions: records, spaces, servers}})
  expect(partitions.visits + records.visits).toBeLessThanOrEqual(partitionCount * passes)
  expect(spaces.visits).toBeLessThanOrEqual(partitionCount)
  // a server's own pass over its pool may come with each of its partitions, never with each of all
  expect(servers.visits).toBeLessThanOrEqual(partitionCount * passes)
})

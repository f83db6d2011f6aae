/** Changes of members as they are asked of a master, over stand-ins for partition servers whose groups agree at once. */
import {afterAll, beforeAll, beforeEach, expect} from 'vitest'
import {nodeId, partitionId} from '../../src/entity/ids.js'
import type {ReplicaChange} from '../../src/entity/replica-change.js'
import {CodedError} from '../../src/errors/coded-error.js'
import type {TestEtcd} from '../harness/etcd.js'
import {until} from '../harness/until.js'
import {describe, it} from '../harness/with-etcd.js'
import {MasterHarness, type MasterOptions, type StandInServer, spaceBody, startEtcd} from './cluster-harness.js'

let etcd: TestEtcd
let harness: MasterHarness
beforeAll(async () => {
  etcd = await startEtcd()
})
afterAll(() => etcd?.stop())

async function start(servers: number, space: object, options: MasterOptions = {}): Promise<void> {
  harness = await MasterHarness.start(etcd, servers, options)
  await harness.call('POST', '/dbs/d')
  const created = await harness.call('POST', '/dbs/d/spaces?timeout=30000', spaceBody('s', {...space}))
  expect(created.code).toBe(0)
}

function server(node: number): StandInServer {
  const found = harness.servers.find((one) => one.node === node)
  if (found === undefined) throw new Error(`no server ${node}`)
  return found
}

async function replicas(id = 1): Promise<number[]> {
  const {data} = await harness.call('GET', '/partitions')
  return (data as {id: number; replicas: number[]}[]).find((partition) => partition.id === id)?.replicas ?? []
}

const outsider = async (id = 1) => {
  const members = await replicas(id)
  return harness.servers.map(({node}) => node).find((node) => !members.includes(node)) ?? 0
}

describe('with three replicas on four servers', () => {
  beforeEach(async () => {
    await start(4, {partition_num: 1, replica_num: 3})
    return () => harness.stop()
  })

  it('a member is added and removed as Vearch does it', async () => {
    const node = await outsider()
    const change = (method: number) =>
      harness.call('POST', '/partitions/change_member', {partition_ids: [1], node_id: node, method})
    expect(await change(0)).toMatchObject({status: 200, code: 0})
    expect(await change(0)).toMatchObject({status: 500, code: 6})
    expect(await replicas()).toHaveLength(4)
    expect(server(node).partitions).toContain(1)
    expect(await change(1)).toMatchObject({status: 200, code: 0})
    expect(await change(1)).toMatchObject({status: 500, code: 6})
    expect(await replicas()).not.toContain(node)
    expect(server(node).partitions).not.toContain(1)
  })

  it.each([
    [
      'of a partition that no space has',
      '/partitions/change_member',
      {partition_ids: [9], node_id: 4, method: 0},
      500,
      141,
    ],
    ['without a partition', '/partitions/change_member', {partition_ids: [], node_id: 4, method: 0}, 400, 1],
    ['without a node', '/partitions/change_member', {partition_ids: [1], method: 0}, 400, 1],
    ['by another method', '/partitions/change_member', {partition_ids: [1], node_id: 4, method: 2}, 400, 1],
    [
      'to a server that is not there',
      '/partitions/change_member',
      {partition_ids: [1], node_id: 9, method: 0},
      404,
      160,
    ],
    ['of a space that is not there', '/schedule/change_replicas', {db_name: 'd', space_name: 'x', method: 0}, 404, 221],
    ['of a db that is not there', '/schedule/change_replicas', {db_name: 'x', space_name: 's', method: 0}, 404, 200],
    ['of no space', '/schedule/change_replicas', {db_name: 'd', method: 0}, 400, 1],
    ['of a server that has not failed', '/schedule/recover_server', {fail_node_id: 1, new_node_id: 4}, 404, 160],
    ['of an unknown address', '/schedule/recover_server', {fail_node_addr: '10.9.9.9', new_node_id: 4}, 404, 160],
    ['of no server', '/schedule/recover_server', {new_node_id: 4}, 400, 1],
    ['of an address that is not one server', '/meta/remove_server', {fail_node_addr: '127.0.0.1'}, 500, 6],
    ['of nobody', '/meta/remove_server', {}, 400, 1],
  ])('a change %s is refused', async (_, path, body, status, code) => {
    expect(await harness.call('POST', path, body)).toMatchObject({status, code})
    expect(await harness.keysUnder(harness.keys.replicaChangePrefix)).toEqual([])
  })

  it('of two changes of a partition that begin at once one does', async () => {
    const node = await outsider()
    server(node).behaviour.joinPartition = () => new Promise(() => {})
    const [from = 0, other = 0] = await replicas()
    const move = (leaver: number) =>
      harness.call('POST', '/partitions/move_replica', {partition_ids: [1], from: leaver, to: node, wait: false})
    const codes = (await Promise.all([move(from), move(other)])).map(({code}) => code).sort()
    expect(codes).toEqual([0, 1])
  })

  it('how fast its checkpoint may come is in the record of a move', async () => {
    const node = await outsider()
    server(node).behaviour.joinPartition = () => new Promise(() => {})
    const [from = 0] = await replicas()
    const move = (bytes_per_second: number) =>
      harness.call('POST', '/partitions/move_replica', {
        ...{partition_ids: [1], from, to: node, wait: false},
        bytes_per_second,
      })
    expect(await move(0)).toMatchObject({status: 400})
    expect(await move(500_000)).toMatchObject({code: 0})
    const {data} = await harness.call('GET', '/schedule/replica_changes')
    expect(data.changes).toMatchObject([{partition_id: 1, add: node, bytes_per_second: 500_000}])
  })

  it('a newcomer that refuses ends the change with its error', async () => {
    const node = await outsider()
    const refusal = new CodedError('PARTITION_RESOURCE_EXHAUSTED', 'no room')
    server(node).behaviour.joinPartition = () => Promise.reject(refusal)
    const asked = {partition_ids: [1], node_id: node, method: 0}
    expect(await harness.call('POST', '/partitions/change_member', asked)).toMatchObject({status: 500, code: 146})
    const {data} = await harness.call('GET', '/schedule/replica_changes')
    expect(data.changes).toMatchObject([{partition_id: 1, add: node, state: 'failed', error: {code: 146}}])
    expect(await replicas()).not.toContain(node)
  })

  it('another master ends what one began and did not live to see', async () => {
    const node = await outsider()
    const [from] = await replicas()
    const stuck = new AbortController()
    server(node).behaviour.joinPartition = (_, {signal}) =>
      new Promise((_, reject) =>
        AbortSignal.any([signal, stuck.signal]).addEventListener('abort', () => reject(new Error('cut'))),
      )
    await harness.call('POST', '/partitions/move_replica', {partition_ids: [1], from, to: node, wait: false})
    await until('it is under way', () => server(node).calls.includes('joinPartition'))
    const heir = await harness.addMaster()
    const [first] = harness.masters
    await first?.stop()
    harness.masters.splice(0, 1)
    delete server(node).behaviour.joinPartition
    stuck.abort()
    await until('it has ended', async () => {
      const {data} = await heir.call('GET', '/schedule/replica_changes')
      return data.changes[0]?.state === 'done' && data.runner === 'm2'
    })
    expect(harness.groups.membership(partitionId(1)).voters).toContain(nodeId(node))
  })

  it('a removed space takes its change with it', async () => {
    const node = await outsider()
    server(node).behaviour.changeMembers = () => new Promise(() => {})
    const asked = {partition_ids: [1], node_id: node, method: 0}
    const waiting = harness.call('POST', '/partitions/change_member?timeout=30000', asked)
    await until('the newcomer has it', () => server(node).partitions.size > 0)
    await harness.call('DELETE', '/dbs/d/spaces/s')
    expect((await waiting).msg).toContain('its space was removed')
    expect(harness.servers.map(({partitions}) => partitions.size)).toEqual([0, 0, 0, 0])
    expect(await harness.keysUnder(harness.keys.replicaChangePrefix)).toEqual([])
  })

  it('a failed server is removed by its id, and forgotten', async () => {
    const [gone = 0] = await replicas()
    harness.groups.lead(partitionId(1), nodeId((await replicas())[1] ?? 0))
    await server(gone).stop()
    await until('it has failed', async () => (await harness.call('GET', '/schedule/fail_server')).data.count === 1)
    const said = await harness.call('POST', '/meta/remove_server', {fail_node_id: gone})
    expect(said.data).toBe(`nodeid [${gone}], server [127.0.0.1] remove node success!`)
    expect(await replicas()).toHaveLength(2)
    expect((await harness.call('GET', '/schedule/fail_server')).data).toEqual({count: 0, fail_servers: []})
  })

  it('a replica that was let go while its server was cut off is set aside when that is back', async () => {
    const [leaver = 0] = (await replicas()).filter(
      (node) => node !== harness.groups.report(partitionId(1), nodeId(node)).leader,
    )
    await server(leaver).stop()
    const asked = {partition_ids: [1], node_id: leaver, method: 1}
    expect(await harness.call('POST', '/partitions/change_member', asked)).toMatchObject({code: 0})
    expect(server(leaver).partitions).toContain(1)
    await server(leaver).open()
    await until('it is set aside', () => !server(leaver).partitions.has(partitionId(1)))
    expect(await replicas()).not.toContain(leaver)
    const others = harness.servers.filter(({node}) => node !== leaver)
    expect(others.flatMap(({calls}) => calls)).not.toContain('retireReplica')
  })

  it('leadership goes where it is sent', async () => {
    const [, to] = await replicas()
    const moved = await harness.call('POST', '/partitions/transfer_leader', {partition_ids: [1], node_id: to})
    expect(moved.data).toEqual({leaders: [{partition_id: 1, leader: to}]})
  })
})

it('a server that is gone for too long is replaced by itself', async () => {
  await start(3, {partition_num: 2, replica_num: 2}, {autoRecoverAfterSeconds: 1})
  try {
    const gone = 1
    for (const id of [1, 2]) {
      const stays = (await replicas(id)).find((node) => node !== gone) ?? 0
      harness.groups.lead(partitionId(id), nodeId(stays))
    }
    await server(gone).stop()
    await until('it has ended', async () => {
      const {data} = await harness.call('GET', '/schedule/replica_changes')
      return data.count === 2 && data.changes.every((change: ReplicaChange) => change.state === 'done')
    })
    const {data} = await harness.call('GET', '/schedule/replica_changes')
    for (const change of data.changes) expect(change).toMatchObject({reason: 'auto_recover', remove: gone})
    for (const id of [1, 2]) expect((await replicas(id)).sort()).toEqual([2, 3])
    await until('it is forgotten', async () => (await harness.call('GET', '/schedule/fail_server')).data.count === 0)
  } finally {
    await harness.stop()
  }
})

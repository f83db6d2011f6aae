import {createServer} from 'node:net'
import {describe, expect, it} from 'vitest'
import {dbId, nodeId, partitionId, spaceId} from '../../src/entity/ids.js'
import {type Partition, ReplicaState} from '../../src/entity/partition.js'
import {systemNetwork} from '../../src/env/net/network.js'
import {checkpointReason} from '../../src/ps/checkpoint-policy.js'
import {decodeCommand, encodeCommand} from '../../src/ps/command.js'
import {mustAnnounce} from '../../src/ps/leader-announcer.js'
import {type LogFigures, releaseIndex} from '../../src/ps/log-release.js'
import {isSameServer} from '../../src/ps/own-record.js'
import {assertPortsFree} from '../../src/ps/ports.js'
import {replicaStates} from '../../src/ps/replica-report.js'
import {isExhausted} from '../../src/ps/resources.js'
import {MachineStats, ticks, traffic} from '../../src/ps/server-stats.js'
import {membershipOf} from '../../src/raft/membership.js'
import type {RaftReport} from '../../src/raft/status.js'
import {remove, testEnv, testSpace, upsert, whole} from './fixtures.js'

const mib = 1024 * 1024

describe('a checkpoint is due', () => {
  const quiet = {changedBytes: 0, changedEntries: 0, engineBytes: 0, sinceLastMs: 0, intervalMs: 600_000}
  const rows: readonly [string, Partial<typeof quiet>, string | null][] = [
    ['never at rest, however long', {sinceLastMs: 10 ** 9}, null],
    ['not for little, soon', {changedEntries: 5, changedBytes: mib, sinceLastMs: 1000}, null],
    [
      'for little, after the interval',
      {changedEntries: 1, changedBytes: 10, sinceLastMs: 600_000},
      'interval has passed',
    ],
    ['not for 64 MiB', {changedEntries: 9, changedBytes: 64 * mib}, null],
    ['for more than 64 MiB', {changedEntries: 9, changedBytes: 64 * mib + 1}, 'log has grown'],
    ['not for a third of a large engine', {changedEntries: 9, changedBytes: 300 * mib, engineBytes: 900 * mib}, null],
    [
      'for more than half of a large engine',
      {changedEntries: 9, changedBytes: 460 * mib, engineBytes: 900 * mib},
      'log has grown',
    ],
  ]
  it.each(rows)('%s', (_, figures, reason) => {
    expect(checkpointReason({...quiet, ...figures})).toBe(reason)
  })
})

describe('a leader is announced', () => {
  const ours: Partition = {
    id: partitionId(1),
    name: '',
    space_id: spaceId(1),
    db_id: dbId(1),
    partition_slot: 0,
    leader_name: nodeId(2),
    term: 5,
    resourceExhausted: false,
  }
  const {term: _, ...withoutTerm} = ours
  const rows: readonly [string, Partition | null, boolean][] = [
    ['when metadata has no record', null, true],
    ['not when the record agrees', ours, false],
    ['when the record is of an older term', {...ours, term: 4}, true],
    ['not when the record is of a newer term', {...ours, term: 6, leader_name: nodeId(3)}, false],
    ['when the record names another leader of this term', {...ours, leader_name: nodeId(3)}, true],
    ["when the record is Vearch's, without a term", withoutTerm, true],
    ['when the resources have run out', {...ours, resourceExhausted: true}, true],
    ['when replicas were marked that nobody marks any more', {...ours, status: {1: ReplicaState.ok}}, false],
  ]
  it.each(rows)('%s', (_, stored, must) => {
    expect(mustAnnounce(ours, stored)).toBe(must)
  })

  it('when a replica has fallen behind, or is up to date again', () => {
    const status = {1: ReplicaState.ok, 2: ReplicaState.ok}
    const marked = {...ours, status}
    expect(mustAnnounce(marked, marked)).toBe(false)
    expect(mustAnnounce(marked, ours)).toBe(true)
    expect(mustAnnounce(marked, {...ours, status: {...status, 1: ReplicaState.notReady}})).toBe(true)
  })
})

describe('a replica keeps up', () => {
  const {ok, notReady} = ReplicaState
  const statesOf = (commit: number, ...matches: number[]) => {
    const nodes = matches.map((_, at) => nodeId(at + 1))
    const members = matches.map((match, at) => ({node: nodeId(at + 1), match}))
    const report = {id: nodeId(1), commit, membership: membershipOf(nodes), members} as unknown as RaftReport
    return replicaStates(report, 100).status
  }
  it('while it lacks fewer entries than it may, and the leader always does', () => {
    expect(statesOf(1_000, 0, 900, 901)).toEqual({1: ok, 2: notReady, 3: ok})
  })
})

describe('room for documents', () => {
  const rows: readonly [string, {total: number; free: number}[], boolean][] = [
    ['is there at 89 %', [{total: 100, free: 11}], false],
    ['is gone at 90 %', [{total: 100, free: 10}], true],
    [
      'is gone when one of two is full',
      [
        {total: 100, free: 90},
        {total: 100, free: 1},
      ],
      true,
    ],
    ['is not judged where nothing is known', [{total: 0, free: 0}], false],
  ]
  it.each(rows)('%s', (_, rooms, exhausted) => {
    expect(isExhausted(rooms, 0.9)).toBe(exhausted)
  })
})

describe('a record under our id is ours', () => {
  const value = (record: unknown) => ({value: new TextEncoder().encode(JSON.stringify(record))})
  const us = {ip: '10.0.0.1', rpc_port: 8081}
  it('when its address is', () => expect(isSameServer(value({...us, name: 3}), us)).toBe(true))
  it('not at another address', () => expect(isSameServer(value({...us, ip: '10.0.0.2'}), us)).toBe(false))
  it('not at another port', () => expect(isSameServer(value({...us, rpc_port: 8082}), us)).toBe(false))
  it('when nobody can read it', () => expect(isSameServer({value: Uint8Array.of(255)}, us)).toBe(true))
})

describe('a command', () => {
  const space = testSpace()
  const commands = [
    {kind: 'noop'},
    upsert(whole('a', 1), whole('中', 2)),
    remove('a', '中', ''),
    {kind: 'updateSpace', space},
    {kind: 'changeIndexes', space, add: [{name: 'i', type: 'BITMAP', field_name: 's'}], remove: ['n']},
  ] as const
  it.each(commands)('comes back from its bytes: $kind', (command) => {
    expect(decodeCommand(encodeCommand(command))).toEqual(command)
  })

  it('has bytes that stay what they are', () => {
    expect(Buffer.from(encodeCommand(remove('a'))).toString('hex')).toBe(
      `01020000${Buffer.from('["a"]').toString('hex')}`,
    )
  })

  it('of an unknown kind is refused', () => {
    expect(() => decodeCommand(Uint8Array.of(1, 99, 0, 0))).toThrow('unknown kind 99')
  })
})

describe('what a partition lets go of its log', () => {
  const figures: LogFigures = {
    firstIndex: 1,
    lastIndex: 1_000,
    checkpointedIndex: 900,
    isAlone: false,
    isSending: false,
    isPinning: false,
    retained: 300,
    countMin: 500,
  }
  const table: readonly [string, Partial<LogFigures>, number | null][] = [
    ['what members that are a little behind may need is kept', {}, 700],
    ['what a restart needs is kept', {retained: 1}, 900],
    ['a partition without other members keeps no more than that', {isAlone: true}, 900],
    ['few entries are not worth it', {firstIndex: 202}, null],
    ['just enough are', {firstIndex: 201}, 700],
    ['few are not worth it where there are no other members either', {isAlone: true, countMin: 901}, null],
    ['nothing goes while a member is being sent a checkpoint', {isSending: true}, null],
    [
      'a log that pins the disk goes, whoever may still need it',
      {isPinning: true, isSending: true, countMin: 5_000},
      900,
    ],
    ['a log that pins the disk stays where a restart needs it', {isPinning: true, firstIndex: 901}, null],
    ['there is nothing to go', {firstIndex: 901, isAlone: true}, null],
  ]
  it.each(table)('%s', (_, changed, expected) => {
    expect(releaseIndex({...figures, ...changed})).toBe(expected)
  })
})

describe('ports', () => {
  it('are found taken by name', async () => {
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const {port} = holder.address() as {port: number}
    const checked = assertPortsFree(systemNetwork, '127.0.0.1', [
      {name: 'ps.rpc_port', port: 0},
      {name: 'ps.raft_heartbeat_port', port},
    ])
    await expect(checked).rejects.toMatchObject({
      errorName: 'PORT_TAKEN',
      detail: `ps.raft_heartbeat_port 127.0.0.1:${port} is in use`,
    })
    await new Promise((resolve) => holder.close(resolve))
    await assertPortsFree(systemNetwork, '127.0.0.1', [{name: 'ps.rpc_port', port}])
  })
})

describe('the machine', () => {
  it('counts processor time by kind', () => {
    expect(ticks('cpu  10 5 20 100 7 1 2 0 0 0\ncpu0 1 1 1 1\n')).toEqual({user: 15, system: 23, ioWait: 7, idle: 100})
    expect(ticks('')).toEqual({user: 0, system: 0, ioWait: 0, idle: 0})
  })

  it('counts traffic of all interfaces but the loopback', () => {
    const dev = [
      'Inter-|   Receive                                                |  Transmit',
      ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets',
      '    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0',
      '  eth0: 100 1 0 0 0 0 0 0 30 1 0 0 0 0 0 0',
      'wlan0:7 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0',
    ].join('\n')
    expect(traffic(dev)).toEqual({inBytes: 107, outBytes: 35})
  })

  it('tells its memory and its disks', async () => {
    const stats = await new MachineStats(testEnv, ['/', '/']).read('10.0.0.1')
    expect(stats).toMatchObject({status: 200, ip: '10.0.0.1', fs: {paths: ['/', '/']}})
    for (const {total_in_bytes, free_in_bytes, used_in_bytes, used_percent} of [stats.mem, stats.fs]) {
      expect(total_in_bytes).toBeGreaterThan(0)
      expect(free_in_bytes + used_in_bytes).toBe(total_in_bytes)
      expect(used_percent).toBeCloseTo((used_in_bytes / total_in_bytes) * 100, 1)
    }
    const {total} = {total: (await testEnv.disk.space('/')).totalBytes}
    expect(stats.fs.total_in_bytes).toBe(total)
  })
})

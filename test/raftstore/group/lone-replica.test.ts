import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {nodeId, partitionId} from '../../../src/entity/ids.js'
import type {Env} from '../../../src/env/env.js'
import {silentLog} from '../../../src/env/log.js'
import {Pool} from '../../../src/env/pool.js'
import {systemEnv} from '../../../src/env/system-env.js'
import type {CodedError} from '../../../src/errors/coded-error.js'
import {membershipOf} from '../../../src/raft/membership.js'
import {RaftReplica} from '../../../src/raftstore/group/raft-replica.js'
import type {GroupLog, LogEntry} from '../../../src/raftstore/log.js'
import type {AppliedState, Leadership, StateMachine} from '../../../src/raftstore/state-machine.js'
import {WriteAheadLog} from '../../../src/raftstore/wal/write-ahead-log.js'
import {SeededRandom} from '../../harness/random.js'
import {SimDisk} from '../../harness/sim-disk.js'
import {until} from '../../harness/until.js'
import {ManualClock} from '../../meta/embedded-clock.js'

const env = systemEnv(silentLog)
const node = nodeId(3)
const group = partitionId(7)

/** Keeps what it is told, in memory; a command `bug` breaks it. */
class Notes implements StateMachine<string> {
  readonly texts: string[] = []
  readonly calls: number[] = []
  constructor(readonly forgotten = 0) {}

  get appliedIndex(): number {
    return this.forgotten + this.texts.length
  }

  async apply(entries: readonly LogEntry[]): Promise<string[]> {
    this.calls.push(entries.length)
    return entries.map(({index, payload}) => {
      const text = Buffer.from(payload).toString()
      if (text === 'bug') throw new Error('a broken invariant')
      expect(index).toBe(this.appliedIndex + 1)
      // the leader's own entry is an empty one
      this.texts.push(text)
      return `${index}:${text}`
    })
  }
}

let directory: string
let log: WriteAheadLog

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'replica-'))
  log = new WriteAheadLog(env, {directory})
  await log.start()
})

afterEach(async () => {
  await log.close()
  await rm(directory, {recursive: true})
})

const state: AppliedState = {term: 1, membership: membershipOf([node])}

function replicaOf(
  machine: StateMachine<string>,
  groupLog: GroupLog = log.group(group),
  outside: Env = env,
): RaftReplica<string> {
  const nobody = new Error('there is nobody else')
  const snapshots = {
    newest: () => null,
    wanted: () => {},
    send: () => Promise.reject(nobody),
    install: () => Promise.reject(nobody),
  }
  const catchingUp = new Pool('reads of the log', {running: 1, waiting: 10})
  const pulse = {electionTicks: 10, heartbeatTicks: 5, phase: () => 0}
  return new RaftReplica({
    env: outside,
    group,
    node,
    log: groupLog,
    machine,
    state,
    snapshots,
    pulse,
    preferred: null,
    catchingUp,
    send: () => {},
  })
}

const command = (text: string): Uint8Array => Buffer.from(text)

describe('a replica alone in its group', () => {
  it('answers a proposal with the result of applying it', async () => {
    const replica = replicaOf(new Notes())
    await replica.start()
    expect(await replica.propose(command('a'))).toBe('2:a')
    expect(await replica.propose(command('b'))).toBe('3:b')
    await replica.stop()
  })

  it('joins concurrent proposals into few appends and few calls, in order', async () => {
    const machine = new Notes()
    const replica = replicaOf(machine)
    await replica.start()
    const texts = Array.from({length: 1_000}, (_, at) => `${at}`)
    const results = await Promise.all(texts.map((text) => replica.propose(command(text))))
    expect(results).toEqual(texts.map((text, at) => `${at + 2}:${text}`))
    expect(machine.texts).toEqual(['', ...texts])
    expect(machine.calls.length).toBeLessThan(8)
    await replica.stop()
  })

  it('replays what its state machine does not have, and begins a new term with each start', async () => {
    const first = replicaOf(new Notes())
    await first.start()
    for (const text of ['a', 'b', 'c']) await first.propose(command(text))
    expect(first.leadership).toEqual({term: 1, leader: node})
    await first.stop()
    await log.close()
    log = new WriteAheadLog(env, {directory})
    await log.start()

    const machine = new Notes(1)
    const second = replicaOf(machine)
    const seen: Leadership[] = []
    second.onLeadership((leadership) => seen.push(leadership))
    await second.start()
    expect(machine.texts).toEqual(['a', 'b', 'c', ''])
    expect(await second.propose(command('d'))).toBe('6:d')
    await second.stop()
    expect(seen.at(0)).toEqual({term: 2, leader: null})
    expect(seen.at(1)).toEqual({term: 2, leader: node})
    expect(seen.at(-1)).toEqual({term: 2, leader: null})
  })

  it('keeps with each entry how far those before it were committed', async () => {
    const replica = replicaOf(new Notes())
    await replica.start()
    for (const [at, text] of ['a', 'b', 'c'].entries()) {
      expect(await replica.propose(command(text))).toBe(`${at + 2}:${text}`)
      expect(log.group(group).hardState.commit).toBe(at + 1)
    }
    await replica.stop()
  })

  it.each([
    {why: 'ahead of the log', applied: 2, kept: {from: 1, to: 1}},
    {why: 'behind what the log still has', applied: 0, kept: {from: 2, to: 2}},
  ])('refuses a state machine that is $why', async ({applied, kept}) => {
    const entry = (index: number): LogEntry => ({index, term: 1, payload: command('x')})
    await log.group(group).append(Array.from({length: kept.to}, (_, at) => entry(at + 1)))
    await log.group(group).truncatePrefix(kept.from - 1)
    await expect(replicaOf(new Notes(applied)).start()).rejects.toMatchObject({errorName: 'DATA_CORRUPT'})
  })

  it('refuses proposals before its start, after its stop, and beyond its bound', async () => {
    const replica = replicaOf(new Notes())
    await expect(replica.propose(command('a'))).rejects.toMatchObject({errorName: 'PARTITION_NO_LEADER'})
    await replica.start()
    const large = command('a'.repeat(1024 * 1024))
    const all = await Promise.allSettled(Array.from({length: 70}, () => replica.propose(large)))
    const refused = all.filter((outcome) => outcome.status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]?.reason).toMatchObject({errorName: 'PARTITION_RESOURCE_EXHAUSTED', outcome: 'rejected'})
    await replica.stop()
    await replica.stop()
    await expect(replica.propose(command('a'))).rejects.toMatchObject({
      errorName: 'PARTITION_IS_CLOSED',
      outcome: 'rejected',
    })
  })

  it('stops when its state machine breaks, and says what it does not know', async () => {
    const replica = replicaOf(new Notes())
    await replica.start()
    const bug = replica.propose(command('bug'))
    await expect(bug).rejects.toMatchObject({errorName: 'PARTITION_IS_CLOSED', outcome: 'unknown'})
    await expect(replica.propose(command('a'))).rejects.toMatchObject({outcome: 'rejected'})
    expect(replica.status()).toMatchObject({Stopped: true, State: 'StateFollower', Leader: 0})
    expect(replica.failure?.message).toBe('a broken invariant')
    await replica.stop()
  })

  it('refuses what the full disk does not take, and goes on when there is room', async () => {
    const disk = new SimDisk(new SeededRandom(1))
    const small = new WriteAheadLog({...env, disk}, {directory: '/raft'})
    await small.start()
    const replica = replicaOf(new Notes(), small.group(group))
    await replica.start()
    disk.failNext('ENOSPC')
    const first = replica.propose(command('a'))
    const refused = {errorName: 'PARTITION_RESOURCE_EXHAUSTED', outcome: 'rejected'}
    const fate = () =>
      Promise.race([
        replica.propose(command('b')).then(
          () => 'applied',
          ({errorName, outcome}: CodedError) => ({errorName, outcome}),
        ),
        delay(20).then(() => 'waits'),
      ])
    await until('the disk was found full', async () => JSON.stringify(await fate()) === JSON.stringify(refused))
    // what was in the log already waits for room and is not given up
    expect(await first).toBe('2:a')
    disk.failNext('EIO')
    await expect(replica.propose(command('c'))).rejects.toMatchObject({outcome: 'unknown'})
    expect(replica.status().Stopped).toBe(true)
    await replica.stop()
    await small.close()
  })

  it('refuses also while it tries whether there is room again', async () => {
    const disk = new SimDisk(new SeededRandom(1))
    const clock = new ManualClock()
    const small = new WriteAheadLog({...env, disk}, {directory: '/raft'})
    await small.start()
    const replica = replicaOf(new Notes(), small.group(group), {...env, clock})
    await replica.start()
    disk.failNext('ENOSPC')
    const first = replica.propose(command('a'))
    const refused = {errorName: 'PARTITION_RESOURCE_EXHAUSTED', outcome: 'rejected'}
    await until('the disk was found full', () => clock.waiting > 0)
    clock.advance(500)
    await expect(replica.propose(command('b'))).rejects.toMatchObject(refused)
    expect(await first).toBe('2:a')
    expect(await replica.propose(command('c'))).toBe('3:c')
    await replica.stop()
    await small.close()
  })

  it('does not start on a disk that is full', async () => {
    const disk = new SimDisk(new SeededRandom(1))
    const small = new WriteAheadLog({...env, disk}, {directory: '/raft'})
    await small.start()
    disk.failNext('ENOSPC')
    const failed = {errorName: 'PARTITION_RESOURCE_EXHAUSTED'}
    await expect(replicaOf(new Notes(), small.group(group)).start()).rejects.toMatchObject(failed)
    const again = replicaOf(new Notes(), small.group(group))
    await again.start()
    expect(await again.propose(command('a'))).toMatch(/:a$/)
    await again.stop()
    await small.close()
  })

  it('does not start on a log that fails under it, nor with a machine that breaks in the replay', async () => {
    const disk = new SimDisk(new SeededRandom(1))
    const failing = new WriteAheadLog({...env, disk}, {directory: '/raft'})
    await failing.start()
    disk.failNext('EIO')
    await expect(replicaOf(new Notes(), failing.group(group)).start()).rejects.toMatchObject({outcome: 'unknown'})
    await failing.close()
    await log.group(group).append([{index: 1, term: 1, payload: command('bug')}])
    await expect(replicaOf(new Notes()).start()).rejects.toThrow('a broken invariant')
  })

  it('reports itself with the fields of the spec', async () => {
    const replica = replicaOf(new Notes())
    await replica.start()
    await replica.propose(command('a'))
    expect(replica.status()).toEqual({
      ID: 7,
      NodeID: 3,
      Leader: 3,
      Term: 1,
      Index: 2,
      Commit: 2,
      Applied: 2,
      Vote: 3,
      PendQueue: 0,
      RecvQueue: 0,
      AppQueue: 0,
      Stopped: false,
      RestoringSnapshot: false,
      State: 'StateLeader',
      Replicas: {
        3: {
          Match: 2,
          Commit: 2,
          Next: 3,
          State: 'ReplicaStateReplicate',
          Snapshoting: false,
          Paused: false,
          Active: true,
          LastActive: expect.any(Number),
          Inflight: 0,
          IsLearner: false,
        },
      },
    })
    await replica.stop()
  })
})

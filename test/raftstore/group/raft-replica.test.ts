/** Raft groups on real logs and sockets: what is acknowledged stays, whoever dies. */
import {afterEach, describe, expect, it} from 'vitest'
import {nodeId} from '../../../src/entity/ids.js'
import type {Address} from '../../../src/env/net/network.js'
import {CodedError} from '../../../src/errors/coded-error.js'
import {startTcpProxy, type TcpProxy} from '../../harness/tcp-proxy.js'
import {until} from '../../harness/until.js'
import {type Node, group as partition, RaftGroup} from './raft-group.js'

let group: RaftGroup
afterEach(() => group.stop())

const texts = (count: number, name = 'n') => Array.from({length: count}, (_, at) => `${name}${at}`)
const others = (node: Node) => group.up.filter(({id}) => id !== node.id)

describe('a group of three', () => {
  it('has one leader, applies what it acknowledges everywhere, and answers with the result', async () => {
    group = await RaftGroup.start(3)
    const results = []
    for (const text of texts(20)) results.push(await group.propose(text))
    expect(results).toEqual(texts(20).map((text) => `${text}!`))
    expect(await group.agree()).toEqual(texts(20))
  })

  it('writes what is proposed at once together', async () => {
    group = await RaftGroup.start(3)
    const leader = await group.leader()
    await group.propose('first')
    leader.machine.calls.length = 0
    await Promise.all(texts(512).map((text) => leader.replica.propose(Buffer.from(text))))
    expect(leader.machine.calls.length).toBeLessThan(20)
    expect(await group.agree()).toHaveLength(513)
  })

  it('tells who asks a follower where the leader is', async () => {
    group = await RaftGroup.start(3)
    const leader = await group.leader()
    const [follower] = others(leader)
    await until('it knows', async () => follower?.replica.leadership.leader === leader.id)
    await expect(follower?.replica.propose(Buffer.from('x'))).rejects.toMatchObject({
      errorName: 'PARTITION_NOT_LEADER',
      outcome: 'rejected',
      facts: {leader: leader.id},
    })
  })

  it('goes on without its leader, and has what was acknowledged when all are back', async () => {
    group = await RaftGroup.start(3)
    const acknowledged: string[] = []
    for (let round = 0; round < 4; round++) {
      for (const text of texts(10, `r${round}-`)) {
        await group.propose(text)
        acknowledged.push(text)
      }
      const leader = await group.leader()
      await leader.kill()
      await group.propose(`without ${round}`)
      acknowledged.push(`without ${round}`)
      await leader.start(group.initial)
    }
    expect(await group.agree()).toEqual(acknowledged)
  })

  it('is led by another when the disk of its leader is full, and takes it back as a member when there is room', async () => {
    group = await RaftGroup.start(3)
    const leader = await group.leader()
    await group.propose('before')
    leader.isDiskFull = true
    const caught = leader.replica.propose(Buffer.from('caught')).catch((thrown: CodedError) => thrown.outcome)
    await until('another leads', async () => (await group.leader()).id !== leader.id)
    await (await group.leader()).replica.readBarrier()
    await group.propose('meanwhile')
    leader.isDiskFull = false
    expect(['unknown', 'caught!']).toContain(await caught)
    expect(await group.agree()).toEqual(['before', 'caught', 'meanwhile'])
  })

  it('loses nothing when all are killed at once, in whatever order they come back', async () => {
    group = await RaftGroup.start(3)
    const acknowledged = texts(100)
    const leader = await group.leader()
    await Promise.all(acknowledged.map((text) => leader.replica.propose(Buffer.from(text))))
    for (const order of [
      [1, 2, 3],
      [3, 1, 2],
      [2, 3, 1],
    ]) {
      await Promise.all(group.nodes.map((node) => node.kill()))
      for (const id of order) await group.node(id).start(group.initial)
      await group.propose(`after ${order}`)
      acknowledged.push(`after ${order}`)
      expect(await group.agree()).toEqual(acknowledged)
    }
  })

  it('acknowledges nothing without a majority, and does not call it rejected', async () => {
    group = await RaftGroup.start(3)
    const leader = await group.leader()
    await group.propose('before')
    await Promise.all(others(leader).map((node) => node.kill()))
    const fate = leader.replica.propose(Buffer.from('alone')).catch((thrown: unknown) => thrown)
    await until('it leads no more', async () => leader.replica.leadership.leader === null)
    expect(await fate).toMatchObject({outcome: 'unknown'})
    await expect(leader.replica.propose(Buffer.from('later'))).rejects.toMatchObject({
      errorName: 'PARTITION_NO_LEADER',
      outcome: 'rejected',
    })
    await expect(leader.replica.readBarrier()).rejects.toMatchObject({errorName: 'PARTITION_NO_LEADER'})
  })

  it('hands leadership over when asked, without losing a proposal', async () => {
    group = await RaftGroup.start(3)
    for (const text of texts(5)) await group.propose(text)
    const leader = await group.leader()
    const [next] = others(leader)
    leader.replica.transferLeadership(next?.id ?? leader.id)
    await until('it leads', async () => next?.replica.leadership.leader === next?.id)
    await group.propose('under the new one')
    expect(await group.agree()).toEqual([...texts(5), 'under the new one'])
    const refused = leader.replica.changeMembership({
      kind: 'one',
      change: {action: 'remove', node: nodeId(1)},
    })
    await expect(refused).rejects.toBeInstanceOf(CodedError)
  })
})

describe('a read barrier', () => {
  it('lets a read of any member see what was acknowledged before', async () => {
    group = await RaftGroup.start(3)
    for (let round = 0; round < 20; round++) {
      await group.propose(`w${round}`)
      await Promise.all(
        group.nodes.map(async ({replica, machine}) => {
          await replica.readBarrier()
          expect(machine.texts).toContain(`w${round}`)
        }),
      )
    }
  })

  it('of a leader that was cut off lets nothing through', async () => {
    group = await RaftGroup.start(3)
    await group.propose('before')
    const old = await group.leader()
    group.isolated.add(old.id)
    const barrier = old.replica.readBarrier().then(
      () => 'passed',
      (thrown: unknown) => (thrown as CodedError).errorName,
    )
    await group.propose('after')
    expect(await barrier).not.toBe('passed')
    expect(old.machine.texts).toEqual(['before'])
  })
})

describe('a member', () => {
  it('that is too far behind gets the state as a whole', async () => {
    group = await RaftGroup.start(3)
    await group.propose('first')
    const leader = await group.leader()
    const [late, other] = others(leader)
    await group.agree()
    await late?.kill()
    for (const text of texts(50)) await group.propose(text)
    const lastActive = async (node = other) =>
      (await group.leader()).replica.status().Replicas[node?.id ?? 0]?.LastActive ?? 0
    await until('only the other is heard', async () => (await lastActive()) > (await lastActive(late)) + 100e6)
    for (const node of group.up) await node.checkpoint()
    expect((await group.leader()).log.group(partition).firstIndex).toBeGreaterThan(50)
    await late?.start(group.initial)
    await group.propose('last')
    expect(await group.agree()).toEqual(['first', ...texts(50), 'last'])
    // and it can start from that
    await late?.kill()
    await late?.start(group.initial)
    await group.propose('again')
    expect(await group.agree()).toEqual(['first', ...texts(50), 'last', 'again'])
  })

  it('that is behind on disk only is sent what is no longer in memory', async () => {
    group = await RaftGroup.start(3)
    await group.propose('first')
    const leader = await group.leader()
    const [late] = others(leader)
    await late?.kill()
    const big = texts(12).map((text) => text + '·'.repeat(300_000))
    for (const text of big) await group.propose(text)
    await late?.start(group.initial)
    expect(await group.agree()).toEqual(['first', ...big])
  })

  it('that is behind on disk only waits until others have been brought up to date, and holds up nobody', async () => {
    group = await RaftGroup.start(3)
    const leader = await group.leader()
    const [late] = others(leader)
    await late?.kill()
    const big = texts(12).map((text) => text + '·'.repeat(300_000))
    for (const text of big) await group.propose(text)
    let release = () => {}
    const busy = new Promise<void>((resolve) => {
      release = resolve
    })
    for (const {catchingUp} of group.up) void catchingUp.run(() => busy)
    await late?.start(group.initial)
    await until('the leader has heard of it', async () => {
      const {Replicas = {}} = (await group.leader()).replica.status()
      return Replicas[late?.id ?? 0]?.Active === true
    })
    for (const text of texts(20)) await group.propose(text)
    expect(late?.machine.texts).toEqual([])
    release()
    expect(await group.agree()).toEqual([...big, ...texts(20)])
  })

  it('that is frozen slows nobody, holds a bounded share of memory, and disturbs nobody when it goes on', async () => {
    group = await RaftGroup.start(3)
    const leader = await group.leader()
    const [frozen, other] = others(leader)
    const proxies: TcpProxy[] = []
    group.advertise = async (own) => {
      const proxied = async ({host, port}: Address) => {
        const proxy = await startTcpProxy(`${host}:${port}`)
        proxies.push(proxy)
        return {host, port: Number(proxy.endpoint.split(':')[1])}
      }
      return {heartbeat: await proxied(own.heartbeat), replicate: await proxied(own.replicate)}
    }
    try {
      await frozen?.kill()
      await frozen?.start(group.initial)
      await group.propose('before')
      await group.agree()
      const {term} = leader.replica.leadership
      for (const proxy of proxies) proxy.holdAll()
      const big = texts(200).map((text) => text + '·'.repeat(100_000))
      for (const text of big) {
        await leader.replica.propose(Buffer.from(text))
        const {Inflight = 0} = leader.replica.status().Replicas[frozen?.id ?? 0] ?? {}
        expect(Inflight).toBeLessThanOrEqual(64)
      }
      expect(await group.agree([leader, ...(other === undefined ? [] : [other])])).toEqual(['before', ...big])
      await until('it hears nobody', async () => frozen?.replica.leadership.leader === null)
      expect(frozen?.machine.texts).toEqual(['before'])
      for (const proxy of proxies) proxy.resume()
      expect(await group.agree()).toEqual(['before', ...big])
      expect(leader.replica.leadership).toEqual({term, leader: leader.id})
    } finally {
      for (const proxy of proxies) await proxy.stop()
    }
  })

  it('joins as a learner, is promoted, and another leaves', async () => {
    group = await RaftGroup.start(4, 3)
    for (const text of texts(10)) await group.propose(text)
    const change = async (action: 'add-learner' | 'add-voter' | 'remove', id: number) => {
      await (await group.leader()).replica.changeMembership({kind: 'one', change: {action, node: nodeId(id)}})
    }
    await change('add-learner', 4)
    await until('it has all', async () => group.node(4).machine.texts.length === 10)
    expect(group.node(4).replica.membership.learners).toEqual([4])
    await change('add-voter', 4)
    await until('it votes', async () => group.nodes.every(({replica}) => replica.membership.voters.includes(nodeId(4))))
    await change('remove', 1)
    await until('one is out', async () =>
      [2, 3, 4].every((id) => group.node(id).replica.membership.voters.join() === '2,3,4'),
    )
    await group.node(1).kill()
    await group.propose('without it')
    expect(await group.agree()).toEqual([...texts(10), 'without it'])
    // what was agreed on is in the log
    await group.node(4).kill()
    await group.node(4).start({...group.initial, voters: [], learners: []})
    await group.propose('again')
    expect(await group.agree()).toEqual([...texts(10), 'without it', 'again'])
    expect(group.node(4).replica.membership.voters).toEqual([2, 3, 4])
  })
})

describe('a group of one', () => {
  it('leads at once, and again after each kill', async () => {
    group = await RaftGroup.start(1)
    const acknowledged: string[] = []
    for (let round = 0; round < 3; round++) {
      const leader = await group.leader()
      await Promise.all(texts(50, `r${round}-`).map((text) => leader.replica.propose(Buffer.from(text))))
      acknowledged.push(...texts(50, `r${round}-`))
      await leader.kill()
      await leader.start(group.initial)
      await group.leader()
      await leader.replica.readBarrier()
      expect(leader.machine.texts).toEqual(acknowledged)
    }
    expect(group.node(1).replica.status()).toMatchObject({State: 'StateLeader', Leader: 1, Stopped: false})
  })
})

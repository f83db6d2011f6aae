/**
 * P8, P9: a replica none of whose images can be read takes a checkpoint of another member, and keeps what it has promised: its
 * log as far as that goes, its term and its vote.
 */
import {afterEach, describe, expect, it} from 'vitest'
import {nodeId, partitionId} from '../../src/entity/ids.js'
import type {HardState} from '../../src/raftstore/log.js'
import {WriteAheadLog} from '../../src/raftstore/wal/write-ahead-log.js'
import {encodeDocuments} from '../../src/rpc/document-codec.js'
import type {PsCaller} from '../../src/rpc/ps-api.js'
import {SeededRandom} from '../harness/random.js'
import {SimDisk} from '../harness/sim-disk.js'
import {until} from '../harness/until.js'
import {testEnv, whole} from './fixtures.js'
import {idsIn, type OneServer, type OneServerOptions, serverOn} from './one-server.js'

const root = '/data'
const one = partitionId(1)
const [donorNode, silentNode] = [nodeId(2), nodeId(3)]
const promised: HardState = {term: 9, vote: 3, commit: 0}
const servers: OneServer[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

async function started(disk: SimDisk, options: OneServerOptions = {}): Promise<OneServer> {
  const server = await serverOn(root, disk, options)
  servers.push(server)
  return server
}

async function write(server: OneServer, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at++) await server.partition().upsert(encodeDocuments([whole(`d${at}`, at)]))
}

const documents = (count: number) => Array.from({length: count}, (_, at) => `d${at}`)

/** Node 2 has the partition; node 3 never answers. */
function reaching(donor: OneServer): PsCaller {
  const call = async (from: {host: string}, method: string, request: {index: number; atLeast: number}) => {
    if (from.host !== `node ${donorNode}`) throw new Error('nobody answers')
    if (method === 'newestCheckpoint') return donor.partition().newestCheckpoint(request.atLeast)
    if (method === 'checkpointFiles') return donor.partition().checkpointFiles(request.index)
    return donor.partition().checkpointBytes(request as never)
  }
  return {call: call as unknown as PsCaller['call']}
}

/** The disk after a loss of power, without a checkpoint that can be read; the node has voted in a later term. */
async function damaged(disk: SimDisk, alter: (log: WriteAheadLog) => Promise<void> = async () => {}): Promise<SimDisk> {
  const left = disk.fork()
  for (const name of await left.list(`${root}/data/1/checkpoints`)) {
    left.damage(`${root}/data/1/checkpoints/${name}/state.json`, (bytes) => bytes.fill(0, 20, 21))
  }
  const log = new WriteAheadLog({...testEnv, disk: left}, {directory: `${root}/raft`})
  await log.start()
  await log.group(one).saveHardState(promised)
  await alter(log)
  await log.close()
  return left
}

/** The next attempt, which the server's own loop makes a second later. */
const tryAgain = ({partitions}: OneServer) => partitions.recover({ip: '127.0.0.1', p_ids: [one], spaces: []})

describe('a replica whose images are all damaged', () => {
  it('takes the state of another member and goes on with its own log', async () => {
    const disk = new SimDisk(new SeededRandom(1))
    const donor = await started(disk)
    await write(donor, 0, 10)
    await donor.partition().flush()
    const left = disk.fork()
    const victim = await started(left)
    await write(victim, 10, 15)
    const after = await started(await damaged(left), {rpc: reaching(donor), others: [silentNode, donorNode]})
    expect(() => after.partition()).toThrow(/state\.json is not what was written/)
    await tryAgain(after)
    expect(await idsIn(after.partition())).toEqual(documents(15))
    expect(after.log.group(one).hardState).toMatchObject({term: 9 + 1, vote: 1})
  })

  it('gives up a log that ends before that state, and not what it has voted', async () => {
    const disk = new SimDisk(new SeededRandom(1))
    const donor = await started(disk)
    const left = await damaged(disk)
    await write(donor, 0, 10)
    await donor.partition().flush()
    const after = await started(left, {rpc: reaching(donor), others: [donorNode]})
    await tryAgain(after)
    expect(await idsIn(after.partition())).toEqual(documents(10))
    expect(after.log.group(one).hardState.term).toBe(9 + 1)
  })

  it('gives up a log that tells of another past', async () => {
    const disk = new SimDisk(new SeededRandom(1))
    const donor = await started(disk)
    await write(donor, 0, 3)
    const left = disk.fork()
    await write(donor, 3, 6)
    await donor.partition().flush()
    const never = async (log: WriteAheadLog) => {
      const group = log.group(one)
      const payload = Uint8Array.of()
      await group.append([1, 2, 3, 4, 5].map((at) => ({index: group.lastIndex + at, term: 5, payload})))
    }
    const after = await started(await damaged(left, never), {rpc: reaching(donor), others: [donorNode]})
    await tryAgain(after)
    expect(await idsIn(after.partition())).toEqual(documents(6))
  })

  it('says whom it asked in vain, and makes way for who removes it', async () => {
    const disk = new SimDisk(new SeededRandom(1))
    const donor = await started(disk)
    let asked = 0
    const call = (_: unknown, __: string, ___: unknown, {signal}: {signal?: AbortSignal}) => {
      asked += 1
      if (asked === 1) throw new Error('nobody answers')
      return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    }
    const rpc = {call: call as unknown as PsCaller['call']}
    const after = await started(await damaged(disk), {rpc, others: [donorNode]})
    await donor.stop()
    await tryAgain(after)
    expect(after.partitions.info([], true)).toMatchObject([
      {error: expect.stringMatching(/from elsewhere: node 2: .*nobody/)},
    ])
    const attempt = tryAgain(after)
    await until('it asks again', () => asked === 2)
    await after.partitions.remove(one)
    await attempt
    expect(after.partitions.ids()).toEqual([])
  })
})

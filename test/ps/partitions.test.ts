import {cp, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {basename, join} from 'node:path'
import {afterEach, describe, expect, it} from 'vitest'
import type {OpenEngine} from '../../src/engine/engine.js'
import {openZvecEngine} from '../../src/engine/zvec-engine.js'
import {probeEngine} from '../../src/engine/zvec-probe.js'
import {type NodeId, nodeId, type PartitionId, partitionId, spaceId} from '../../src/entity/ids.js'
import type {Space} from '../../src/entity/space.js'
import {systemDisk} from '../../src/env/disk.js'
import {PartitionFiles} from '../../src/ps/partition-files.js'
import type {PartitionHost} from '../../src/ps/partition-opening.js'
import {Partitions} from '../../src/ps/partitions.js'
import {segmentNames} from '../../src/raftstore/wal/segment.js'
import {WriteAheadLog, type WriteAheadLogOptions} from '../../src/raftstore/wal/write-ahead-log.js'
import {encodeDocuments} from '../../src/rpc/document-codec.js'
import {ModelEngine} from '../harness/model-engine.js'
import {until} from '../harness/until.js'
import {alone, here, hnswSpace, part, testConfig, testEnv, testSpace, whole} from './fixtures.js'

interface NodeShape extends Pick<WriteAheadLogOptions, 'segmentBytes' | 'segmentsMax'> {
  readonly openEngine?: OpenEngine
  readonly membersOf?: PartitionHost['membersOf']
}

/** One node's disk and what runs on it. */
class Node {
  static readonly all: Node[] = []

  private constructor(
    readonly root: string,
    readonly log: WriteAheadLog,
    readonly partitions: Partitions,
  ) {}

  static async start(
    root: string,
    p_ids: readonly PartitionId[] = [],
    {openEngine = openZvecEngine, membersOf = alone.membersOf, ...segments}: NodeShape = {},
  ): Promise<Node> {
    const log = new WriteAheadLog(testEnv, {directory: join(root, 'raft'), ...segments})
    await log.start()
    const config = testConfig([root])
    const partitions = new Partitions({
      ...alone,
      membersOf,
      env: testEnv,
      config,
      nodeId: here,
      sharedLog: log,
      openEngine,
      probeEngine,
    })
    const node = new Node(root, log, partitions)
    Node.all.push(node)
    await partitions.recover({ip: '127.0.0.1', p_ids, spaces: []})
    return node
  }

  async stop(): Promise<void> {
    await this.partitions.stop()
    await this.log.close()
  }

  /** The disk as a kill at this moment would leave it, as the disk of another node. */
  async killed(): Promise<string> {
    const root = await newRoot()
    const isClaim = (path: string) => basename(path).startsWith('LOCK.')
    await cp(this.root, root, {recursive: true, filter: (path) => !isClaim(path)})
    return root
  }

  write(from: number, count: number, id = one) {
    const documents = Array.from({length: count}, (_, index) => whole(`d${from + index}`, from + index))
    return this.partitions.get(id).upsert(encodeDocuments(documents))
  }

  async ids(id = one): Promise<string[]> {
    const query = {filter: null, offset: 0, limit: 10_000, projection: {fields: [], vectors: []}}
    return (await this.partitions.get(id).reads.query(query)).map((document) => document.id)
  }

  files(path: string): Promise<string[]> {
    return readdir(join(this.root, path))
  }
}

const roots: string[] = []
async function newRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'partitions-'))
  roots.push(root)
  return root
}

afterEach(async () => {
  await Promise.all(Node.all.splice(0).map((node) => node.stop()))
  await Promise.all(roots.splice(0).map((root) => rm(root, {recursive: true})))
})

const everything = {fields: 'all', vectors: ['v']} as const
const [one, two, three] = [partitionId(1), partitionId(2), partitionId(3)]
const named = (from: number, to: number) => Array.from({length: to - from}, (_, index) => `d${from + index}`)

async function nodeWith(documents: number): Promise<Node> {
  const node = await Node.start(await newRoot())
  await node.partitions.create(one, testSpace())
  if (documents > 0) await node.write(0, documents)
  return node
}

describe('a partition comes back', () => {
  it('after a clean stop, as it was, without a checkpoint', async () => {
    const before = await nodeWith(250)
    await before.partitions.get(one).delete(['d7'])
    await before.stop()
    expect(await before.files('data/1')).toContain('clean.json')
    await rm(join(before.root, 'data/1/checkpoints'), {recursive: true})
    const after = await Node.start(before.root, [one])
    expect(await after.files('data/1')).not.toContain('clean.json')
    expect(await after.ids()).toEqual(named(0, 250).filter((id) => id !== 'd7'))
    await after.write(7, 1)
    expect(await after.partitions.get(one).reads.byDocid([7, 250], false, everything)).toMatchObject([null, {id: 'd7'}])
  })

  it('after a crash, from its first checkpoint and the whole log', async () => {
    const before = await nodeWith(120)
    const after = await Node.start(await before.killed(), [one])
    expect(await after.ids()).toEqual(named(0, 120))
  })

  it('after a crash, from its newest checkpoint and the rest of the log', async () => {
    const before = await nodeWith(0)
    for (let round = 0; round < 4; round++) {
      await before.write(round * 10, 10)
      await before.partitions.get(one).flush()
    }
    await before.write(40, 10)
    // the first entry is the leader's own
    expect(await before.files('data/1/checkpoints')).toEqual(['4', '5'])
    expect(before.log.group(one).firstIndex).toBe(5)
    const after = await Node.start(await before.killed(), [one])
    expect(await after.ids()).toEqual(named(0, 50))
    expect(after.partitions.get(one).info(false)).toMatchObject({doc_num: 50, max_docid: 49, status: 4})
  })

  it('with the docids that it gave before, deletes and re-inserts included', async () => {
    const before = await nodeWith(5)
    const partition = before.partitions.get(one)
    await partition.flush()
    await partition.delete(['d1', 'd4'])
    await before.write(4, 1)
    await partition.upsert(encodeDocuments([part('d2', {s: 'changed'})]))
    const docids = [0, 1, 2, 3, 4, 5]
    const documents = await partition.reads.byDocid(docids, false, everything)
    expect(documents.map((document) => document?.id ?? null)).toEqual(['d0', null, 'd2', 'd3', null, 'd4'])
    const after = await Node.start(await before.killed(), [one])
    expect(await after.partitions.get(one).reads.byDocid(docids, false, everything)).toEqual(documents)
  })

  it('from the checkpoint before, when the newest does not open', async () => {
    const before = await nodeWith(10)
    await before.partitions.get(one).flush()
    await before.write(10, 10)
    await before.partitions.get(one).flush()
    await before.write(20, 10)
    const root = await before.killed()
    await spoil(join(root, 'data/1/checkpoints/3/engine'))
    const after = await Node.start(root, [one])
    expect(await after.ids()).toEqual(named(0, 30))
    expect(await after.files('data/1/checkpoints')).toEqual(['2', '3.broken'])
  })

  it('from its checkpoint, when the live engine of a clean stop does not open', async () => {
    const before = await nodeWith(10)
    await before.partitions.get(one).flush()
    await before.write(10, 10)
    await before.stop()
    await spoil(join(before.root, 'data/1/live'))
    const after = await Node.start(before.root, [one])
    expect(await after.ids()).toEqual(named(0, 20))
    expect(await after.files('data/1')).toContain('live.broken-1')
  })

  it('from its checkpoint, when the live engine has lost documents', async () => {
    const before = await nodeWith(10)
    await before.stop()
    await rm(join(before.root, 'data/1/live'), {recursive: true})
    const after = await Node.start(before.root, [one])
    expect(await after.ids()).toEqual(named(0, 10))
  })

  it('through a probe in another process, when opening it killed the last start', async () => {
    const before = await nodeWith(10)
    await before.partitions.get(one).flush()
    const root = await before.killed()
    await writeFile(join(root, 'data/1/opening'), '')
    await spoil(join(root, 'data/1/checkpoints/2/engine'))
    const after = await Node.start(root, [one])
    expect(await after.ids()).toEqual(named(0, 10))
    expect(await after.files('data/1')).not.toContain('opening')
  })
})

/** Cuts every file of an engine in half. */
async function spoil(directory: string): Promise<void> {
  for (const entry of await readdir(directory, {withFileTypes: true, recursive: true})) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    await truncate(path, Math.floor((await stat(path)).size / 2))
  }
}

describe('one bad partition', () => {
  it('is reported, and the others serve', async () => {
    const before = await nodeWith(3)
    await before.partitions.create(two, testSpace(2))
    await before.write(0, 5, two)
    const root = await before.killed()
    await rm(join(root, 'data/1/checkpoints'), {recursive: true})
    const {partitions, ...after} = await Node.start(root, [one, two, three])
    expect(partitions.info([], false)).toMatchObject([
      {pid: 1, doc_num: 0, status: 1, color: 'red', error: expect.stringContaining('nothing to restore from')},
      {pid: 2, doc_num: 5, status: 4},
      {pid: 3, status: 1, error: expect.stringContaining('metadata has partition 3 on this node')},
    ])
    expect(() => partitions.get(one)).toThrow('partition_is_invalid')
    expect(await readdir(join(after.root, 'meta'))).toEqual(['1', '2'])
  })

  it('is tried again, and serves when it can', async () => {
    const before = await nodeWith(3)
    const root = await before.killed()
    const hidden = join(root, 'hidden')
    await rename(join(root, 'data/1/checkpoints'), hidden)
    const {partitions} = await Node.start(root, [one])
    partitions.start()
    await rename(hidden, join(root, 'data/1/checkpoints'))
    await until('it serves', () => partitions.opened().length === 1)
    expect(partitions.get(one).info(false).doc_num).toBe(3)
  })

  it('is started anew from its checkpoint when its engine fails, and keeps what was acknowledged', async () => {
    let broken = false
    const openEngine = async (directory: string, space: Space) => {
      const engine = await ModelEngine.open(directory, space)
      const upsert = engine.upsert.bind(engine)
      engine.upsert = (documents) => {
        if (broken) throw new Error('no space left on device')
        upsert(documents)
      }
      return engine
    }
    const node = await Node.start(await newRoot(), [], {openEngine})
    await node.partitions.create(one, testSpace())
    await node.write(0, 5)
    broken = true
    await expect(node.write(5, 5)).rejects.toMatchObject({errorName: 'PARTITION_IS_CLOSED', outcome: 'unknown'})
    await expect(node.write(5, 5)).rejects.toMatchObject({errorName: 'PARTITION_IS_INVALID', outcome: 'rejected'})
    broken = false
    node.partitions.start()
    await until('it serves', () => node.partitions.opened().some((partition) => !partition.stopped))
    expect(await node.ids()).toEqual(named(0, 10))
  })
})

describe('the log on disk', () => {
  it('is bounded: partitions that pin it are brought to a checkpoint, and come back from it', async () => {
    const node = await Node.start(await newRoot(), [], {segmentBytes: 16 * 1024, segmentsMax: 3})
    await node.partitions.create(one, testSpace(1))
    await node.partitions.create(two, testSpace(2))
    await node.write(0, 5, one)
    for (let batch = 0; batch < 20; batch++) await node.write(batch * 100, 100, two)
    expect(node.log.pinned()[0]?.group).toBe(one)
    node.partitions.start()
    await until('few segments are left', async () => segmentNames(await node.files('raft')).length <= 3, 20_000)
    const after = await Node.start(await node.killed(), [one, two])
    expect(await after.ids(one)).toEqual(named(0, 5))
    expect(await after.ids(two)).toEqual(named(0, 2_000))
  })
})

describe('creating', () => {
  it('twice for the same space is fine, for another is PARTITION_EXIST', async () => {
    const {partitions} = await nodeWith(1)
    await partitions.create(one, testSpace())
    expect(partitions.get(one).info(false).doc_num).toBe(1)
    const other = {...testSpace(), id: spaceId(9)}
    await expect(partitions.create(one, other)).rejects.toMatchObject({errorName: 'PARTITION_EXIST'})
  })

  it('many at once is fine, too', async () => {
    const {partitions} = await nodeWith(0)
    await Promise.all([two, two, three, two].map((id) => partitions.create(id, testSpace(id))))
    expect(partitions.ids()).toEqual([1, 2, 3])
  })

  it('while the same is being removed comes out right', async () => {
    const {partitions} = await nodeWith(3)
    const create = () => partitions.create(one, testSpace())
    await Promise.all([partitions.remove(one), create(), create(), partitions.remove(one), create()])
    expect(partitions.info([], false)).toMatchObject([{pid: 1, doc_num: 0, max_docid: -1, status: 4}])
  })

  it('leaves nothing behind when a step fails', async () => {
    const node = await Node.start(await newRoot(), [], {openEngine: () => Promise.reject(new Error('no engine today'))})
    await expect(node.partitions.create(one, testSpace())).rejects.toThrow('no engine today')
    expect(node.partitions.ids()).toEqual([])
    expect(await node.files('meta')).toEqual([])
    expect(await node.files('data')).toEqual([])
    expect(node.log.groups()).toEqual([])
  })

  it('tells of its leadership once it counts', async () => {
    const node = await nodeWith(0)
    const told: unknown[] = []
    node.partitions.onLeadership((partition) => told.push(partition.record()))
    await node.partitions.create(two, testSpace(2))
    expect(told).toEqual([
      {...testSpace(2).partitions[0], leader_name: here, replicas: [here], term: 1, resourceExhausted: false},
    ])
  })
})

describe('removing', () => {
  it('takes files and log away, and is fine when there is nothing', async () => {
    const node = await nodeWith(5)
    await node.partitions.remove(one)
    await node.partitions.remove(one)
    expect(await node.files('meta')).toEqual([])
    expect(await node.files('data')).toEqual([])
    expect(node.log.groups()).toEqual([])
    expect(() => node.partitions.get(one)).toThrow('partition_not_exist')
  })

  it('that was cut off is finished by the next start', async () => {
    const before = await nodeWith(5)
    const root = await before.killed()
    await PartitionFiles.of(systemDisk, [root], one).markDiscarded()
    const after = await Node.start(root, [one])
    expect(await after.files('meta')).toEqual([])
    expect(await after.files('data')).toEqual([])
    expect(after.log.groups()).toEqual([])
    expect(after.partitions.info([one], false)).toMatchObject([{error: expect.stringContaining('holds nothing')}])
  })
})

it('data that metadata does not list stays, and is reported', async () => {
  const before = await nodeWith(5)
  const after = await Node.start(await before.killed(), [])
  expect(after.partitions.orphans()).toEqual([{id: 1, directory: join(after.root, 'data/1')}])
  expect(after.partitions.ids()).toEqual([])
  await after.partitions.create(one, testSpace())
  expect(await after.ids()).toEqual(named(0, 5))
})

describe('a replica that has left its group', () => {
  const leave = (node: Node, change = 1) => node.partitions.retire({partitionId: one, change, reason: 'it moved'})
  const join1 = (node: Node, change: number) =>
    node.partitions.join({partitionId: one, space: testSpace(), voters: [nodeId(2), nodeId(3)], change})

  it('is set aside whole: what was there can be opened, after a kill too', async () => {
    const before = await nodeWith(20)
    await before.partitions.get(one).flush()
    await before.write(20, 10)
    const directory = await leave(before)
    expect(directory).toBe(join(before.root, 'aside', '1-1'))
    expect([await before.files('meta'), await before.files('data')]).toEqual([[], []])
    expect(before.partitions.ids()).toEqual([])
    expect(before.log.group(one).lastIndex).toBe(0)
    expect(await before.partitions.aside()).toMatchObject([{partition_id: 1, directory, reason: 'it moved'}])
    // the live engine of a killed one is not trusted: the log must be there too
    await rm(join(directory ?? '', 'data/1/clean.json'))
    const there = await Node.start(directory ?? '', [one])
    expect(await there.ids()).toEqual(named(0, 30))
  })

  it.each(['the note', 'the log', 'the data'])(
    'is set aside by the next start if a crash comes after %s',
    async (last) => {
      const before = await nodeWith(20)
      const root = await before.killed()
      const files = new PartitionFiles(systemDisk, root, one)
      await systemDisk.makeDirectory(join(root, 'aside/1-1/data'))
      await files.writeAside({partition_id: one, directory: 'aside/1-1', reason: 'it moved', time_stamp: 0})
      if (last === 'the log') await writeFile(join(root, 'aside/1-1/raft'), 'half')
      if (last === 'the data') {
        await cp(join(root, 'raft'), join(root, 'aside/1-1/raft'), {recursive: true})
        await rename(files.data, join(root, 'aside/1-1/data/1'))
      }
      const after = await Node.start(root)
      expect(after.partitions.ids()).toEqual([])
      expect(await after.partitions.aside()).toMatchObject([{partition_id: 1, reason: 'it moved'}])
      const there = await Node.start(join(root, 'aside/1-1'), [one])
      expect(await there.ids()).toEqual(named(0, 20))
    },
  )

  it('remembers what it has voted, should it come back', async () => {
    const node = await nodeWith(3)
    const {term, vote} = node.log.group(one).hardState
    expect([term > 0, vote]).toEqual([true, here])
    await leave(node)
    await join1(node, 2)
    expect(node.log.group(one).hardState).toMatchObject({term, vote})
    expect(await node.ids().catch(() => [])).toEqual([])
    expect(node.partitions.get(one).report().membership).toMatchObject({voters: [2, 3], learners: [here]})
  })

  it('makes room for a newcomer, whose own change leaves it alone', async () => {
    const node = await nodeWith(3)
    await join1(node, 2)
    expect((await node.partitions.aside()).map(({reason}) => reason)).toEqual([expect.stringContaining('change 2')])
    await join1(node, 2)
    await join1(node, 1)
    expect(await node.partitions.aside()).toHaveLength(1)
    await expect(leave(node, 1)).rejects.toMatchObject({errorName: 'GUARD_FAILED'})
    await leave(node, 2)
    await leave(node, 2)
    expect(await node.files('aside')).toEqual(['1-1', '1-2'])
  })

  it('is not kept for ever: two copies of a partition, and none of one whose space is removed', async () => {
    const node = await nodeWith(0)
    for (const change of [2, 3, 4]) await join1(node, change)
    expect(await node.files('aside')).toEqual(['1-2', '1-3'])
    await node.partitions.remove(one)
    expect(await node.files('aside')).toEqual([])
  })

  it('is an orphan when it comes back too late, set aside only if others are known to have it', async () => {
    const before = await nodeWith(5)
    const answers: (() => Promise<NodeId[]>)[] = [
      async () => [],
      async () => [here],
      () => Promise.reject(new Error('no answer')),
      async () => [nodeId(2)],
    ]
    const membersOf = () => answers.shift()?.() ?? Promise.resolve([])
    const after = await Node.start(await before.killed(), [], {membersOf})
    for (let round = 1; round <= 3; round++) await after.partitions.settleOrphans()
    expect(after.partitions.orphans()).toHaveLength(1)
    await after.partitions.settleOrphans()
    expect(after.partitions.orphans()).toEqual([])
    expect(await after.partitions.aside()).toMatchObject([{reason: 'the metadata has the partition on nodes 2'}])
  })
})

describe('a partition', () => {
  it('says what it holds', async () => {
    const {partitions} = await nodeWith(0)
    expect(partitions.get(one).info(false)).toMatchObject({pid: 1, doc_num: 0, max_docid: -1, replica_num: 1})
    const detailed = partitions.get(one).info(true)
    expect(detailed).toMatchObject({raft_status: {Leader: 1, State: 'StateLeader'}, path: expect.any(String)})
  })

  it('refuses upserts while an operator says that it is exhausted, also after a restart', async () => {
    const before = await nodeWith(3)
    await before.partitions.get(one).setExhausted(true)
    await before.stop()
    const after = await Node.start(before.root, [one])
    const refused = {errorName: 'PARTITION_RESOURCE_EXHAUSTED', outcome: 'rejected'}
    await expect(after.write(3, 1)).rejects.toMatchObject(refused)
    expect(await after.partitions.get(one).delete(['d0'])).toEqual(['d0'])
    expect(await after.ids()).toEqual(['d1', 'd2'])
    await after.partitions.get(one).setExhausted(false)
    await after.write(3, 1)
    expect(await after.ids()).toEqual(['d1', 'd2', 'd3'])
  })

  it('logs no batch that it could not read again', async () => {
    const node = await nodeWith(1)
    const {lastIndex} = node.log.group(one)
    const garbage = node.partitions.get(one).upsert(Uint8Array.of(1, 2, 3))
    await expect(garbage).rejects.toMatchObject({errorName: 'RPC_PARAM_ERROR'})
    expect(node.log.group(one).lastIndex).toBe(lastIndex)
  })

  it('deletes what a filter finds', async () => {
    const node = await nodeWith(10)
    const filter = {operator: 'AND', conditions: [{field: 'n', operator: '>=', value: 7}]} as const
    expect(await node.partitions.get(one).deleteByFilter(filter, 2)).toEqual(['d7', 'd8'])
    expect(await node.ids()).toEqual([...named(0, 7), 'd9'])
  })

  it('indexes its tail by itself, and takes a checkpoint of that', async () => {
    const node = await Node.start(await newRoot())
    const space = hnswSpace()
    await node.partitions.create(one, space)
    await node.write(0, 100)
    node.partitions.start()
    const partition = node.partitions.get(one)
    await until('it is indexed', () => partition.info(false).index_status === 2, 30_000)
    expect(partition.info(false).index_num).toBe(100)
    await partition.flush()
    expect(await node.files('data/1/checkpoints')).toEqual(['0', '2'])
  })

  it('changes its indexes', async () => {
    const node = await nodeWith(10)
    const partition = node.partitions.get(one)
    const index = {name: 's_index', type: 'SCALAR', field_name: 's'}
    const space = {...partition.space, version: 3, indexes: [...(partition.space.indexes ?? []), index]}
    await partition.changeIndexes(space, [index], [])
    expect(partition.info(false).index_build_state).toMatchObject({s_index: 'READY'})
    const filter = {operator: 'AND', conditions: [{field: 's', operator: 'IN', value: ['s3']}]} as const
    expect(
      await partition.reads.query({filter, offset: 0, limit: 9, projection: {fields: [], vectors: []}}),
    ).toMatchObject([{id: 'd3'}])
    const after = await Node.start(await node.killed(), [one])
    expect(after.partitions.get(one).space.version).toBe(3)
    const written = JSON.parse(await readFile(join(node.root, 'meta/1/meta.txt'), 'utf8'))
    expect(written.version).toBe(3)
  })
})

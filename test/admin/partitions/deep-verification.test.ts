/** Replicas as state machines of their own, compared as their servers would let them be. */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {compareDocuments, type DeepOptions} from '../../../src/admin/partitions/deep-verification.js'
import {nodeId, partitionId} from '../../../src/entity/ids.js'
import {CodedError, toCodedError} from '../../../src/errors/coded-error.js'
import {PartitionReads} from '../../../src/ps/partition-reads.js'
import {PartitionState} from '../../../src/ps/partition-state.js'
import {ModelEngine} from '../../harness/model-engine.js'
import {entries, testEnv, testSpace, upsert, whole} from '../../ps/fixtures.js'

let root: string
let made = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'deep-verification-'))
})
afterAll(() => rm(root, {recursive: true}))

class Replica {
  private constructor(
    readonly engine: ModelEngine,
    readonly state: PartitionState,
    readonly reads: PartitionReads,
  ) {}

  static async with(count: number): Promise<Replica> {
    const space = testSpace()
    const engine = await ModelEngine.open(join(root, String(made++)), space)
    const state = new PartitionState(
      engine,
      {appliedIndex: 0, nextDocid: 0, space},
      async () => {},
      testEnv,
      async () => {},
    )
    const replica = new Replica(engine, state, new PartitionReads(state, testEnv.clock))
    for (let from = 0; from < count; from += 100) {
      await replica.write(Array.from({length: Math.min(100, count - from)}, (_, n) => `d${from + n}`))
    }
    return replica
  }

  async write(ids: readonly string[], n = 1): Promise<void> {
    await this.state.apply(entries(this.state.appliedIndex + 1, upsert(...ids.map((id) => whole(id, n)))))
  }
}

const addresses = (count: number) =>
  Array.from({length: count}, (_, at) => ({id: nodeId(at + 1), host: '127.0.0.1', port: at + 1}))

/** Before a replica answers. */
type Between = (node: number, asked: number) => Promise<void> | void

async function compare(replicas: readonly Replica[], between: Between = () => {}) {
  let asked = 0
  const digest: DeepOptions['digest'] = async ({id: node}, {from, count}) => {
    try {
      await between(node, ++asked)
      const replica = replicas[node - 1]
      if (replica === undefined) throw new Error(`there is no node ${node}`)
      return {node, ms: 0, answered: true, value: await replica.reads.digest(from, count)}
    } catch (thrown) {
      return {node, ms: 0, answered: false, error: toCodedError(thrown)}
    }
  }
  const {signal} = new AbortController()
  return compareDocuments(partitionId(1), addresses(replicas.length), {digest, clock: {sleep: async () => {}}, signal})
}

test('equal replicas are equal', async () => {
  const replicas = [await Replica.with(600), await Replica.with(600)]
  expect(await compare(replicas)).toEqual({documents: 600, differing: [], unsettled: 0, silent: []})
})

test('a document that differs, is missing or is one too many is found', async () => {
  const [sound, spoilt, third] = [await Replica.with(600), await Replica.with(600), await Replica.with(600)]
  const [other] = (await spoilt.engine.fetch(['d5'], {fields: 'all', vectors: ['v']})).values()
  if (other === undefined) throw new Error('there is a d5')
  spoilt.engine.upsert([{...other, vectors: {v: other.vectors.v?.map((x) => x + 1) ?? new Float32Array()}}])
  third.engine.delete(['d400'])
  expect((await compare([sound, spoilt, third])).differing).toEqual([5, 400])
})

test('replicas that are not equally far are equal where they hold the same, and unsettled where not', async () => {
  const [ahead, behind] = [await Replica.with(600), await Replica.with(600)]
  await ahead.write(['d3'], 2)
  expect(await compare([ahead, behind])).toMatchObject({differing: [], unsettled: 1})
  const catchUp = (_: number, asked: number) => (asked === 3 ? behind.write(['d3'], 2) : undefined)
  expect(await compare([ahead, behind], catchUp)).toMatchObject({differing: [], unsettled: 0})
})

test('one that stops answering is left out, and said', async () => {
  const replicas = [await Replica.with(600), await Replica.with(600), await Replica.with(600)]
  const silent = (node: number, asked: number) => {
    if (node === 3 && asked > 3) throw new CodedError('TIMEOUT', 'no answer')
  }
  expect(await compare(replicas, silent)).toEqual({
    documents: 600,
    differing: [],
    unsettled: 0,
    silent: [{node: 3, why: 'no answer'}],
  })
})

test('a range may not be larger than its bound', async () => {
  const {reads} = await Replica.with(1)
  expect(() => reads.digest(0, 5_000)).toThrow('count 5000 is out of range')
  await expect(reads.digest(0, 8)).resolves.toMatchObject({documents: 1, nextDocid: 1})
})

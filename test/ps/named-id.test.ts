/** Ids that operators choose for new servers: taken once and for all, or refused with the reason. */
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {nodeId} from '../../src/entity/ids.js'
import {stringifyJson} from '../../src/entity/json.js'
import {Keys} from '../../src/meta/keys.js'
import {MetaRepository} from '../../src/meta/repository.js'
import {Sequence} from '../../src/meta/sequence.js'
import {takeNamedId} from '../../src/ps/named-id.js'
import {startEmbedded, type TestStore} from '../harness/embedded-store.js'

let metadata: TestStore
let repository: MetaRepository
let clusters = 0
const {signal} = new AbortController()

beforeAll(async () => {
  metadata = await startEmbedded()
})
afterAll(() => metadata?.stop())
beforeEach(() => {
  repository = new MetaRepository(metadata.store, new Keys(`c${++clusters}`))
})

const put = (key: string, value: unknown) =>
  metadata.store.transact({then: [{type: 'put', key, value: stringifyJson(value)}]})
const take = (id: number) => takeNamedId(repository, nodeId(id), signal)
const sequence = () => new Sequence(metadata.store, repository.keys.sequence('node'))

test('an id above the sequence is taken, and nobody gets it or one before it again', async () => {
  expect(await sequence().allocate()).toBe(1)
  expect(await take(7)).toBe(7)
  expect(await sequence().allocate()).toBe(8)
})

test('the first id of all may be named', async () => {
  expect(await take(1)).toBe(1)
  expect(await sequence().allocate()).toBe(2)
})

describe('it is refused', () => {
  const partition = (id: number, replicas: readonly number[]) => ({
    id,
    space_id: 1,
    db_id: 1,
    partition_slot: 0,
    replicas,
  })
  test.each<[string, (keys: Keys) => Promise<unknown>, RegExp, RegExp]>([
    [
      'where it was given out',
      (keys) => put(keys.sequence('node'), 4),
      /^no new server may be node 4: ids up to 4 were given out already/,
      /--node-id 5$/,
    ],
    [
      'where its server is alive',
      (keys) => put(keys.server(nodeId(4)), {name: 4, ip: '10.0.0.4', rpc_port: 8081}),
      /: that server is alive at 10\.0\.0\.4:8081$/,
      /leave out --node-id/,
    ],
    [
      'where its server has failed',
      (keys) => put(keys.failServer(nodeId(4)), {id: 4}),
      /: that server has failed and was not recovered$/,
      /node replace 4 NEW/,
    ],
    [
      'where a partition names it',
      (keys) => put(`${keys.partitionPrefix}9`, partition(9, [1, 4])),
      /: partitions 9 still name it$/,
      /node replace 4 NEW/,
    ],
    [
      'where a space names it',
      (keys) =>
        put(`${keys.spacePrefix}1/1`, {id: 1, db_id: 1, name: 's', partitions: [partition(9, [2]), partition(8, [4])]}),
      /: partitions 8 still name it$/,
      /node replace 4 NEW/,
    ],
  ])('%s', async (_, prepare, detail, hint) => {
    await prepare(repository.keys)
    const before = await metadata.store.get(repository.keys.sequence('node'))
    await expect(take(4)).rejects.toMatchObject({
      errorName: 'GUARD_FAILED',
      outcome: 'rejected',
      detail: expect.stringMatching(detail),
      hint: expect.stringMatching(hint),
    })
    expect(await metadata.store.get(repository.keys.sequence('node'))).toEqual(before)
  })

  test('where the sequence is no number', async () => {
    await put(repository.keys.sequence('node'), 'four')
    await expect(take(4)).rejects.toMatchObject({errorName: 'DATA_CORRUPT'})
  })
})

test('whoever asks at the same time, no id is given out twice', async () => {
  const named = [3, 5, 5, 9, 12, 12].map((id) => take(id).catch(() => null))
  const allocated = Array.from({length: 6}, () => sequence().allocate())
  const ids = (await Promise.all([...named, ...allocated])).filter((id) => id !== null)
  expect(ids.length).toBeGreaterThan(6)
  expect(new Set(ids).size).toBe(ids.length)
})

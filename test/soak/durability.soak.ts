/**
 * kill -9 of the partition server at moments nobody chose, while clients write and indexes are built: what was
 * acknowledged is there afterwards, what was deleted stays deleted, and every vector belongs to its document.
 */
import {setTimeout as delay} from 'node:timers/promises'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {request, TestCluster} from '../harness/cluster.js'
import {SeededRandom, testSeed} from '../harness/random.js'
import {until} from '../harness/until.js'

const seed = testSeed()
const cycles = 10
const clients = 4
const keysPerClient = 60
const dimension = 16
const at = {db_name: 'db', space_name: 'space'}

/** What one client knows of one document: null is "not there". */
interface Known {
  /** The last write that was acknowledged, and everything sent since whose fate is unknown. */
  possible: (number | null)[]
}

/** Every write has a value of its own, and its vector is made of it. */
function vectorOf(value: number): number[] {
  return new SeededRandom(value + 1).vector(dimension)
}

describe(`documents over kill -9 (SEED=${seed})`, () => {
  const random = new SeededRandom(seed)
  const known = new Map<string, Known>()
  let cluster: TestCluster
  let nextValue = 0
  let acknowledged = 0
  let built = 0

  beforeAll(async () => {
    cluster = await TestCluster.start({embedded: true})
    await cluster.createSpace({
      name: 'space',
      partition_num: 2,
      replica_num: 1,
      dimension,
      index: 'HNSW',
      fields: [
        {name: 'value', type: 'integer', index: {name: 'value', type: 'INVERTED'}},
        {name: 'note', type: 'string'},
      ],
    })
    // enough that an index build takes a while
    for (let from = 0; from < 3_000; from += 500) {
      const documents = Array.from({length: 500}, (_, index) => ({
        _id: `ballast${from + index}`,
        value: -1,
        note: '',
        v: random.vector(dimension),
      }))
      await cluster.ask('POST', '/document/upsert', {...at, documents})
    }
  })
  afterAll(() => cluster?.stop())

  const send = (path: string, body: unknown) =>
    request(cluster.routers[0]?.url ?? '', 'POST', `${path}?timeout=3000`, body).catch(() => null)

  /** Writes its own documents, one request after another, until told to stop. */
  async function client(name: number, stopping: AbortSignal): Promise<void> {
    const mine = new SeededRandom(seed + name * 1_000 + nextValue)
    while (!stopping.aborted) {
      const ids = [...new Set(Array.from({length: 1 + mine.below(5)}, () => `c${name}k${mine.below(keysPerClient)}`))]
      if (mine.below(4) === 0) await remove(ids)
      else await upsert(ids.map((_id) => ({_id, value: nextValue++})))
    }
  }

  async function upsert(writes: readonly {readonly _id: string; readonly value: number}[]): Promise<void> {
    for (const {_id, value} of writes) knownOf(_id).possible.push(value)
    const documents = writes.map(({_id, value}) => ({_id, value, note: `n${value}`, v: vectorOf(value)}))
    const answer = await send('/document/upsert', {...at, documents})
    const items = (answer?.body.data as {document_ids?: {_id: string; code?: number}[]} | undefined)?.document_ids ?? []
    if (answer?.body.code !== 0) return
    for (const [position, {_id, value}] of writes.entries()) {
      const item = items[position]
      expect(item?._id).toBe(_id)
      if ((item?.code ?? 0) !== 0) continue
      knownOf(_id).possible = [value]
      acknowledged++
    }
  }

  async function remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) knownOf(id).possible.push(null)
    const answer = await send('/document/delete', {...at, document_ids: ids})
    if (answer?.body.code !== 0 || 'failed_partitions' in Object(answer.body.data)) return
    for (const id of ids) knownOf(id).possible = [null]
    acknowledged++
  }

  async function build(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const answer = await send(random.pick(['/index/forcemerge', '/index/flush']), at)
      if (answer?.body.code === 0) built++
      await delay(random.below(150))
    }
  }

  function knownOf(id: string): Known {
    const entry = known.get(id) ?? {possible: [null]}
    known.set(id, entry)
    return entry
  }

  interface Found {
    readonly _id: string
    readonly value: number
    readonly note: string
    readonly v: number[]
  }

  async function check(): Promise<void> {
    const ids = [...known.keys()]
    const found = new Map<string, Found>()
    for (let from = 0; from < ids.length; from += 100) {
      const answer = await cluster.ask<{documents: Found[]}>('POST', '/document/query', {
        ...at,
        document_ids: ids.slice(from, from + 100),
        vector_value: true,
      })
      expect(answer).not.toHaveProperty('failed_partitions')
      const {documents} = answer
      for (const document of documents) if (document.value !== undefined) found.set(document._id, document)
    }
    for (const [id, {possible}] of known) {
      const document = found.get(id)
      const value = document?.value ?? null
      expect(possible, `${id} is ${value}`).toContain(value)
      if (document === undefined) continue
      expect(document.note).toBe(`n${value}`)
      expect(document.v.map(Math.fround)).toEqual(vectorOf(document.value))
      // from here on we know what it is
      knownOf(id).possible = [value]
    }
    for (const [id, entry] of known) if (!found.has(id)) entry.possible = [null]
    await vectorsBelong([...found.values()])
  }

  async function vectorsBelong(documents: readonly Found[]): Promise<void> {
    for (let from = 0; from < documents.length; from += 20) {
      const some = documents.slice(from, from + 20)
      const {documents: lists} = await cluster.ask<{documents: {_id: string; _score: number; value: number}[][]}>(
        'POST',
        '/document/search',
        {
          ...at,
          limit: 1,
          is_brute_search: 1,
          vectors: [{field: 'v', feature: some.flatMap(({value}) => vectorOf(value))}],
        },
      )
      expect(lists.map(([first]) => ({id: first?._id, value: first?.value, score: first?._score}))).toEqual(
        some.map(({_id, value}) => ({id: _id, value, score: 0})),
      )
    }
  }

  it(`keeps what it acknowledged over ${cycles} kills`, async () => {
    const [server] = cluster.servers
    for (let cycle = 0; cycle < cycles; cycle++) {
      const stopping = new AbortController()
      const running = [
        ...Array.from({length: clients}, (_, name) => client(name, stopping.signal)),
        build(stopping.signal),
      ]
      const before = acknowledged
      await until('something is acknowledged', () => acknowledged > before)
      await delay(random.below(1_500))
      await server?.process.end('SIGKILL')
      stopping.abort()
      await Promise.all(running)
      server?.process.start()
      await until(
        'the partitions answer again',
        async () => {
          const answer = await send('/document/query', {...at, document_ids: [...known.keys()].slice(0, 100)})
          return (
            answer?.body.code === 0 &&
            (await cluster.request('GET', '/dbs/db/spaces/space')).body.code === 0 &&
            (await status()) === 'green'
          )
        },
        30_000,
      )
      await check()
    }
    expect(acknowledged).toBeGreaterThan(cycles * 20)
    expect(built).toBeGreaterThan(0)
  }, 120_000)

  it('still finds every row of the ballast', async () => {
    const {doc_num} = await cluster.ask<{doc_num: number}>('GET', '/dbs/db/spaces/space')
    const there = [...known.values()].filter(({possible}) => possible[0] !== null).length
    expect(doc_num).toBe(3_000 + there)
  })

  async function status(): Promise<string | undefined> {
    const {body} = await cluster.request('GET', '/dbs/db/spaces/space', undefined, {quiet: true})
    return (body.data as {status?: string} | undefined)?.status
  }
})

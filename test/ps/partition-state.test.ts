import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import fc from 'fast-check'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import type {Document} from '../../src/entity/document.js'
import type {Space} from '../../src/entity/space.js'
import type {Command} from '../../src/ps/command.js'
import {type CommandResult, PartitionState} from '../../src/ps/partition-state.js'
import {ModelEngine} from '../harness/model-engine.js'
import {property} from '../harness/property.js'
import {entries, part, remove, testEnv, testSpace, upsert, whole} from './fixtures.js'

const everything = {fields: 'all', vectors: ['v']} as const
const unfit = {code: 404, msg: 'internal_error:add doc failed, err code -3'}

let root: string
let made = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'partition-state-'))
})
afterAll(() => rm(root, {recursive: true}))

/** A state machine, fed command by command. */
class Story {
  #next = 1

  private constructor(
    readonly engine: ModelEngine,
    readonly state: PartitionState,
    readonly saved: Space[],
  ) {}

  static async begin(): Promise<Story> {
    const space = testSpace()
    const engine = await ModelEngine.open(join(root, String(made++)), space)
    const saved: Space[] = []
    const save = async (changed: Space) => void saved.push(changed)
    return new Story(
      engine,
      new PartitionState(engine, {appliedIndex: 0, nextDocid: 0, space}, save, testEnv, async () => {}),
      saved,
    )
  }

  async apply(...commands: Command[]): Promise<readonly CommandResult[]> {
    const results = await this.state.apply(entries(this.#next, ...commands))
    this.#next += commands.length
    return results
  }

  get(id: string) {
    return this.engine.fetch([id], everything).get(id)
  }

  async content(): Promise<unknown> {
    const documents = await this.engine.query({filter: null, offset: 0, limit: 10_000, projection: everything})
    return {documents, nextDocid: this.state.nextDocid, appliedIndex: this.state.appliedIndex}
  }
}

describe('an upsert', () => {
  it('inserts with dense docids from 0, and zero values for what is missing', async () => {
    const story = await Story.begin()
    const [result] = await story.apply(upsert(whole('a', 1), part('b', {n: 2}, [1, 2])))
    expect(result).toEqual({
      kind: 'upserted',
      items: [
        {id: 'a', code: 0},
        {id: 'b', code: 0},
      ],
    })
    expect(story.get('a')).toEqual({docid: 0, ...whole('a', 1)})
    expect(story.get('b')).toEqual({
      id: 'b',
      docid: 1,
      fields: {n: 2, s: '', l: 0n, tags: ['']},
      vectors: {v: Float32Array.of(1, 2)},
    })
  })

  it('changes only what it brings, and keeps the docid', async () => {
    const story = await Story.begin()
    await story.apply(upsert(whole('a', 1), whole('b', 2)))
    await story.apply(upsert(part('a', {s: 'new'}), part('b', {}, [7, 7])))
    expect(story.get('a')).toEqual({...whole('a', 1), docid: 0, fields: {...whole('a', 1).fields, s: 'new'}})
    expect(story.get('b')).toEqual({...whole('b', 2), docid: 1, vectors: {v: Float32Array.of(7, 7)}})
  })

  it('refuses a new document without its vector, alone of its batch', async () => {
    const story = await Story.begin()
    const [result] = await story.apply(upsert(part('a', {n: 1}), whole('b', 2)))
    expect(result).toMatchObject({
      items: [
        {id: 'a', ...unfit},
        {id: 'b', code: 0},
      ],
    })
    expect(story.get('a')).toBeUndefined()
    expect(story.get('b')?.docid).toBe(0)
  })

  const misfits: readonly [string, Document][] = [
    ['an unknown field', part('a', {x: 1}, [1, 2])],
    ['a field named like an inherited property', part('a', {constructor: 1}, [1, 2])],
    ['a string for an integer', part('a', {n: 'one'}, [1, 2])],
    ['an integer beyond 32 bits', part('a', {n: 2 ** 31}, [1, 2])],
    ['a number for a long', part('a', {l: 1}, [1, 2])],
    ['a vector of another dimension', part('a', {}, [1, 2, 3])],
    ['an unknown vector', {id: 'a', fields: {}, vectors: {v: Float32Array.of(1, 2), w: Float32Array.of(1)}}],
  ]
  it.each(misfits)('refuses %s', async (_, document) => {
    const story = await Story.begin()
    expect((await story.apply(upsert(document)))[0]).toMatchObject({items: [{id: 'a', ...unfit}]})
    expect(story.state.nextDocid).toBe(0)
  })

  it('takes two documents with one id as an insert and an update', async () => {
    const story = await Story.begin()
    await story.apply(upsert(whole('a', 1), part('a', {s: 'second'})))
    expect(story.get('a')?.fields).toMatchObject({n: 1, s: 'second'})
    expect(story.state.nextDocid).toBe(1)
  })

  it('reads no vector to replace a whole document, nor to update one that brings its vector', async () => {
    const story = await Story.begin()
    await story.apply(upsert(whole('a', 1), whole('b', 2)))
    await story.apply(upsert(whole('a', 3), part('b', {n: 4}, [4, 4])))
    expect(story.engine.vectorReads).toBe(0)
    await story.apply(upsert(part('a', {n: 5})))
    expect(story.engine.vectorReads).toBe(1)
    expect(story.get('b')?.fields).toMatchObject({n: 4, s: 's2'})
  })

  it('goes with its neighbours in batches that the engine takes', async () => {
    const story = await Story.begin()
    const many = (from: number, count: number) =>
      upsert(...Array.from({length: count}, (_, index) => whole(`d${from + index}`, from + index)))
    await story.apply(many(0, 30), many(30, 30), many(60, 190))
    expect(story.engine.batches).toEqual([100, 100, 50])
    expect(story.engine.status().documents).toBe(250)
  })

  it('lets the event loop turn between two batches', async () => {
    const story = await Story.begin()
    let turns = 0
    const turning = setInterval(() => turns++, 0)
    const documents = Array.from({length: 5_000}, (_, index) => whole(`d${index}`, index))
    await story.apply(upsert(...documents))
    clearInterval(turning)
    expect(turns).toBeGreaterThan(3)
  })
})

describe('a delete', () => {
  it('answers with the ids that existed, each once', async () => {
    const story = await Story.begin()
    await story.apply(upsert(whole('a', 1), whole('b', 2)))
    expect((await story.apply(remove('b', 'b', 'x')))[0]).toEqual({kind: 'deleted', ids: ['b']})
    expect(story.get('b')).toBeUndefined()
  })

  it('frees the id, and the next insert has a new docid', async () => {
    const story = await Story.begin()
    await story.apply(upsert(whole('a', 1)), remove('a'), upsert(part('a', {n: 1})), upsert(whole('a', 2)))
    expect(story.get('a')).toEqual({docid: 1, ...whole('a', 2)})
    expect(story.state.nextDocid).toBe(2)
  })

  it('sees the upserts that were applied together with it', async () => {
    const story = await Story.begin()
    const results = await story.apply(upsert(whole('a', 1)), remove('a'), upsert(whole('b', 2)))
    expect(results[1]).toEqual({kind: 'deleted', ids: ['a']})
    expect([...story.engine.docids(['a', 'b'])]).toEqual([['b', 1]])
  })
})

it('a changed space is what later documents must fit', async () => {
  const story = await Story.begin()
  const {s: _, ...space_properties} = testSpace().space_properties
  await story.apply({kind: 'updateSpace', space: {...testSpace(), version: 7, space_properties}})
  expect(story.state.space.version).toBe(7)
  expect(story.saved).toEqual([story.state.space])
  expect((await story.apply(upsert(part('a', {s: 'x'}, [1, 2]))))[0]).toMatchObject({items: [unfit]})
})

it('an empty entry is a no-op that counts', async () => {
  const story = await Story.begin()
  await story.apply({kind: 'noop'}, upsert(whole('a', 1)), {kind: 'noop'})
  expect(story.state.appliedIndex).toBe(3)
})

it('an entry of a newer version stops the replica', async () => {
  const story = await Story.begin()
  const entry = {index: 1, term: 1, payload: Uint8Array.of(9, 1, 0, 0)}
  await expect(story.state.apply([entry])).rejects.toMatchObject({errorName: 'DATA_CORRUPT'})
})

it('a gap in the log stops the replica', async () => {
  const story = await Story.begin()
  await expect(story.state.apply(entries(2, {kind: 'noop'}))).rejects.toThrow('entry 2 follows 0')
})

describe('the same log', () => {
  const ids = fc.constantFrom('a', 'b', 'c', 'd')
  const documents = fc.array(
    fc.oneof(
      fc.tuple(ids, fc.nat(99)).map(([id, n]) => whole(id, n)),
      fc.tuple(ids, fc.nat(99)).map(([id, n]) => part(id, {n})),
      fc.tuple(ids, fc.nat(99)).map(([id, n]) => part(id, {s: `${n}`}, [n, n])),
    ),
    {minLength: 1, maxLength: 6},
  )
  const commands = fc.array(
    fc.oneof(
      {weight: 4, arbitrary: documents.map((batch) => upsert(...batch))},
      {weight: 1, arbitrary: fc.array(ids, {maxLength: 3}).map((some) => remove(...some))},
    ),
    {maxLength: 12},
  )

  // each state machine has an engine of its own, and so a directory
  property(
    'gives the same state and results, however it is cut into applies',
    [commands, fc.nat(12)],
    async (log, cut) => {
      const [together, apart, one] = await Promise.all([Story.begin(), Story.begin(), Story.begin()])
      const all = await together.apply(...log)
      const halves = [...(await apart.apply(...log.slice(0, cut))), ...(await apart.apply(...log.slice(cut)))]
      const singles: CommandResult[] = []
      for (const command of log) singles.push(...(await one.apply(command)))
      expect(halves).toEqual(all)
      expect(singles).toEqual(all)
      const content = await together.content()
      expect(await apart.content()).toEqual(content)
      expect(await one.content()).toEqual(content)
    },
    {oneIn: 20},
  )
})

/** Changes through the writer, on a real store: what is compared, what is written down, what happens when neither can be. */
import {mkdir, mkdtemp, readFile, rm, stat} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {GuardedWriter} from '../../../src/admin/changes/guarded-writer.js'
import {Journal} from '../../../src/admin/changes/journal.js'
import {systemClock} from '../../../src/env/clock.js'
import {systemDisk} from '../../../src/env/disk.js'
import {systemRandom} from '../../../src/env/random.js'
import {Keys} from '../../../src/meta/keys.js'
import {startEmbedded, type TestStore} from '../../harness/embedded-store.js'

let metadata: TestStore
let directory: string
let path: string

beforeAll(async () => {
  metadata = await startEmbedded()
  directory = await mkdtemp(join(tmpdir(), 'writer-test-'))
})
afterAll(async () => {
  await metadata?.stop()
  await rm(directory, {recursive: true, force: true})
})
beforeEach(async () => {
  await metadata.store.transact({then: [{type: 'deletePrefix', prefix: '/c/'}]})
  path = join(await mkdtemp(join(directory, 'state-')), 'journal-c.jsonl')
})

const writer = (journal = new Journal(path)) =>
  new GuardedWriter({
    store: async () => metadata.store,
    journal,
    disk: systemDisk,
    keys: new Keys('c'),
    place: 'the test',
    context: 'dev',
    clock: systemClock,
    random: systemRandom,
    signal: new AbortController().signal,
  })

const put = (key: string, value: string | Uint8Array) => metadata.store.transact({then: [{type: 'put', key, value}]})
const read = (key: string) => metadata.store.get(key)
const textOf = async (key: string) => {
  const kv = await read(key)
  return kv === null ? null : new TextDecoder().decode(kv.value)
}
const journal = async () =>
  (await readFile(path, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('a change', () => {
  test('is made where all is as it was read, with what it replaces in the journal', async () => {
    await put('/c/a', 'old')
    await put('/c/gone', Uint8Array.of(0xff, 1))
    const [a, gone] = [await read('/c/a'), await read('/c/gone')]
    const {txn, value: revision} = await writer().apply('meta put', [
      {key: '/c/a', before: a, after: 'new'},
      {key: '/c/b', before: null, after: 'made'},
      {key: '/c/gone', before: gone, after: null},
    ])
    expect([await textOf('/c/a'), await textOf('/c/b'), await read('/c/gone')]).toEqual(['new', 'made', null])
    expect((await read('/c/a'))?.modRevision).toBe(revision)
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT/)
    expect(await journal()).toEqual([
      {
        txn,
        at,
        phase: 'begun',
        action: 'meta put',
        cluster: 'c',
        place: 'the test',
        context: 'dev',
        changes: [
          {key: '/c/a', before: {modRevision: a?.modRevision, text: 'old'}, after: {text: 'new'}},
          {key: '/c/b', before: null, after: {text: 'made'}},
          {key: '/c/gone', before: {modRevision: gone?.modRevision, base64: '/wE='}, after: null},
        ],
      },
      {txn, at, phase: 'done', revision},
    ])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'a key that was changed',
      () => put('/c/a', 'theirs'),
      /^changed meanwhile: \/c\/a is at revision \d+, not \d+: old → theirs$/,
    ],
    [
      'a key that was deleted',
      () => metadata.store.transact({then: [{type: 'delete', key: '/c/a'}]}),
      /\/c\/a is gone, was at revision \d+$/,
    ],
    ['a key that was made', () => put('/c/b', 'theirs'), /\/c\/b is new, at revision \d+$/],
  ])('is refused as a whole for %s', async (_, meanwhile, reason) => {
    await put('/c/a', 'old')
    const a = await read('/c/a')
    await meanwhile()
    const before = [await textOf('/c/a'), await textOf('/c/b')]
    const change = writer().apply('meta put', [
      {key: '/c/a', before: a, after: 'ours'},
      {key: '/c/b', before: null, after: 'ours'},
    ])
    await expect(change).rejects.toMatchObject({
      errorName: 'GUARD_FAILED',
      outcome: 'rejected',
      exitCode: 6,
      detail: expect.stringMatching(reason),
    })
    expect([await textOf('/c/a'), await textOf('/c/b')]).toEqual(before)
    expect(await journal()).toMatchObject([{phase: 'begun'}, {phase: 'failed', outcome: 'rejected'}])
  })

  test('is refused with the command that was sooner, where it was one of here', async () => {
    await put('/c/user', '{"name":"root","role_name":"a","password":"secret"}')
    const before = await read('/c/user')
    const edited = (role: string) => [{key: '/c/user', before, after: JSON.stringify({name: 'root', role_name: role})}]
    const {txn} = await writer().apply('user edit root', edited('b'))
    await expect(writer().apply('meta put', edited('c'))).rejects.toMatchObject({
      detail: expect.stringMatching(
        new RegExp(`not \\d+ \\(vearchctl user edit root, ${txn}\\): role_name a → b, password \\(hidden\\) → –$`),
      ),
    })
  })

  test('is not made where the journal cannot be written', async () => {
    await mkdir(path)
    const change = writer().apply('meta put', [{key: '/c/a', before: null, after: 'new'}])
    await expect(change).rejects.toMatchObject({errorName: 'GUARD_FAILED', detail: expect.stringContaining(path)})
    expect(await read('/c/a')).toBeNull()
  })
})

test('ids are taken for good, by many at once, and each is written down', async () => {
  const firsts = await Promise.all([1, 2, 3].map(() => writer().allocate('ids next', 'node', 2)))
  expect(firsts.map(({value}) => value).toSorted((a, b) => a - b)).toEqual([1, 3, 5])
  expect(await textOf('/c/id/node')).toBe('6')
  const entries = await journal()
  expect(entries.filter(({phase}) => phase === 'done')).toHaveLength(3)
  expect(entries[0]).toMatchObject({request: 'allocate 2 of /c/id/node'})
})

test('a request to others is written down with what it is going to change, and how it ended', async () => {
  await put('/c/a', 'old')
  const a = await read('/c/a')
  const failing = writer().request({action: 'node drain', request: 'POST /x', before: a === null ? [] : [a]}, () =>
    Promise.reject(new Error('no answer')),
  )
  await expect(failing).rejects.toThrow('no answer')
  expect(await journal()).toMatchObject([
    {phase: 'begun', action: 'node drain', request: 'POST /x', changes: [{key: '/c/a', before: {text: 'old'}}]},
    {phase: 'failed', outcome: 'unknown', reason: 'internal_error:no answer'},
  ])
})

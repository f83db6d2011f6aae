/**
 * What every metadata store must do, as tests: `etcd-store.test.ts` runs them against a real etcd, the embedded server's
 * test against that. Where the two could differ, etcd is right.
 *
 * All cases share one store; each has a prefix of its own.
 */
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {CodedError} from '../../src/errors/coded-error.js'
import type {ErrorName} from '../../src/errors/codes.js'
import {
  type KeyValue,
  leaseId,
  type MetaStore,
  type Operation,
  type Transaction,
  type TransactionResult,
} from '../../src/meta/store.js'
import {until} from '../harness/until.js'
import {describeEvent, WatchProbe} from './watch-probe.js'

export interface MetaStoreUnderTest {
  readonly store: MetaStore
  /** Forgets the history before `revision`. */
  compact(revision: number): Promise<void>
  /** Closes the store and ends what `open` started. */
  close(): Promise<void>
}

const text = (kv: KeyValue | null): string | null => (kv === null ? null : new TextDecoder().decode(kv.value))
const put = (key: string, value: string | Uint8Array): Operation => ({type: 'put', key, value})
const get = (key: string): Operation => ({type: 'get', key})
const remove = (key: string): Operation => ({type: 'delete', key})
const removePrefix = (prefix: string): Operation => ({type: 'deletePrefix', prefix})
const noLease = leaseId('1234567')

async function failure(call: Promise<unknown>): Promise<{name: ErrorName; outcome: string}> {
  try {
    await call
  } catch (thrown) {
    if (thrown instanceof CodedError) return {name: thrown.errorName, outcome: thrown.outcome}
    throw thrown
  }
  throw new Error('the call was expected to fail')
}

export function metaStoreContract(name: string, open: () => Promise<MetaStoreUnderTest>): void {
  describe(`${name} keeps the contract of a metadata store:`, () => {
    let target: MetaStoreUnderTest
    let store: MetaStore
    let cases = 0

    beforeAll(async () => {
      target = await open()
      store = target.store
    })
    afterAll(() => target?.close())

    const prefix = () => `/contract/${++cases}/`
    const transact = (...then: Operation[]): Promise<TransactionResult> => store.transact({then})
    const putOne = async (key: string, value: string | Uint8Array) => (await transact(put(key, value))).revision
    const fill = async (at: string, count: number) => {
      for (let first = 0; first < count; first += 100) {
        const last = Math.min(first + 100, count)
        await transact(
          ...Array.from({length: last - first}, (_, i) => put(`${at}${String(first + i).padStart(6, '0')}`, 'v')),
        )
      }
    }
    const values = async (at: string) =>
      (await store.range(at)).kvs.map((kv) => `${kv.key.slice(at.length)}=${text(kv)}`)
    const watching = (at: string, fromRevision?: number) => new WatchProbe(store, at, fromRevision)
    const revisionNow = async () => (await store.range('/contract/none/')).revision
    const compactNow = async (at: string) => {
      const revision = await putOne(`${at}last`, 'x')
      await target.compact(revision)
      return revision
    }

    describe('keys and values', () => {
      test('a key that was never written is null', async () => {
        expect(await store.get(`${prefix()}a`)).toBeNull()
      })

      test('a written key is read back', async () => {
        const at = prefix()
        await putOne(`${at}a`, 'one')
        expect(text(await store.get(`${at}a`))).toBe('one')
      })

      test('a second write replaces the first', async () => {
        const at = prefix()
        await putOne(`${at}a`, 'one')
        await putOne(`${at}a`, 'two')
        expect(await values(at)).toEqual(['a=two'])
      })

      test('a deleted key is null', async () => {
        const at = prefix()
        await putOne(`${at}a`, 'one')
        await transact(remove(`${at}a`))
        expect(await store.get(`${at}a`)).toBeNull()
      })

      test('a delete says how many keys it removed', async () => {
        const at = prefix()
        await putOne(`${at}a`, 'one')
        expect((await transact(remove(`${at}a`))).results).toEqual([{type: 'delete', deleted: 1}])
        expect((await transact(remove(`${at}a`))).results).toEqual([{type: 'delete', deleted: 0}])
      })

      test('a delete removes one key, not those that begin with it', async () => {
        const at = prefix()
        await transact(put(`${at}a`, '1'), put(`${at}ab`, '2'), put(`${at}b`, '3'))
        await transact(remove(`${at}a`))
        expect(await values(at)).toEqual(['ab=2', 'b=3'])
      })

      test('a delete of a prefix removes what begins with it and nothing else', async () => {
        const at = prefix()
        await transact(put(`${at}a/1`, '1'), put(`${at}a/2`, '2'), put(`${at}a0`, '3'), put(`${at}a`, '4'))
        expect((await transact(removePrefix(`${at}a/`))).results).toEqual([{type: 'delete', deleted: 2}])
        expect(await values(at)).toEqual(['a=4', 'a0=3'])
      })

      test('any bytes are a value', async () => {
        const at = prefix()
        const bytes = Uint8Array.from({length: 256}, (_, i) => i)
        await putOne(`${at}a`, bytes)
        expect(Uint8Array.from((await store.get(`${at}a`))?.value ?? [])).toEqual(bytes)
      })

      test('a part of a larger buffer is written as that part', async () => {
        const at = prefix()
        await putOne(`${at}a`, Uint8Array.from([1, 2, 3, 4, 5]).subarray(1, 3))
        expect([...((await store.get(`${at}a`))?.value ?? [])]).toEqual([2, 3])
      })

      test('an empty value is a value', async () => {
        const at = prefix()
        await putOne(`${at}a`, '')
        expect((await store.get(`${at}a`))?.value.length).toBe(0)
      })

      test('a value of a million bytes comes back whole', async () => {
        const at = prefix()
        const big = new Uint8Array(1_000_000).map((_, i) => i % 251)
        await putOne(`${at}a`, big)
        expect(Buffer.compare((await store.get(`${at}a`))?.value ?? new Uint8Array(), big)).toBe(0)
      })

      test.each(['ключ', '数据库', '💾', 'é', 'a b\tc', '\u{10ffff}'])('%j is a key', async (key) => {
        const at = prefix()
        await putOne(`${at}${key}`, key)
        expect((await store.range(at)).kvs.map((kv) => kv.key)).toEqual([`${at}${key}`])
        expect(text(await store.get(`${at}${key}`))).toBe(key)
      })

      test('an empty key is refused', async () => {
        expect(await failure(store.get(''))).toEqual({name: 'META_REFUSED', outcome: 'rejected'})
        expect(await failure(transact(put('', 'x')))).toEqual({name: 'META_REFUSED', outcome: 'rejected'})
      })
    })

    describe('revisions', () => {
      test('a new key is version 1, created and modified at the revision of its transaction', async () => {
        const at = prefix()
        const revision = await putOne(`${at}a`, 'one')
        expect(await store.get(`${at}a`)).toMatchObject({
          createRevision: revision,
          modRevision: revision,
          version: 1,
          lease: null,
        })
      })

      test('a change raises version and mod revision, and keeps the create revision', async () => {
        const at = prefix()
        const created = await putOne(`${at}a`, 'one')
        const changed = await putOne(`${at}a`, 'one')
        expect(changed).toBe(created + 1)
        expect(await store.get(`${at}a`)).toMatchObject({createRevision: created, modRevision: changed, version: 2})
      })

      test('a key that is deleted and written again begins anew', async () => {
        const at = prefix()
        await putOne(`${at}a`, 'one')
        await transact(remove(`${at}a`))
        const revision = await putOne(`${at}a`, 'two')
        expect(await store.get(`${at}a`)).toMatchObject({createRevision: revision, version: 1})
      })

      test('all writes of a transaction have one revision', async () => {
        const at = prefix()
        const {revision} = await transact(put(`${at}a`, '1'), put(`${at}b`, '2'), put(`${at}c`, '3'))
        expect((await store.range(at)).kvs.map((kv) => kv.modRevision)).toEqual([revision, revision, revision])
      })

      test('a transaction that changes nothing makes no revision', async () => {
        const at = prefix()
        const before = await putOne(`${at}a`, '1')
        expect((await transact(get(`${at}a`))).revision).toBe(before)
        expect((await transact(remove(`${at}missing`))).revision).toBe(before)
        expect(await revisionNow()).toBe(before)
      })

      test('an old revision is read as it was', async () => {
        const at = prefix()
        const one = await putOne(`${at}a`, 'one')
        const two = await putOne(`${at}b`, 'two')
        await transact(remove(`${at}a`), put(`${at}b`, 'three'))
        const old = await store.range(at, {revision: two})
        expect(old.revision).toBe(two)
        expect(old.kvs.map(text)).toEqual(['one', 'two'])
        expect((await store.range(at, {revision: one})).kvs.map(text)).toEqual(['one'])
      })

      test('a revision that is yet to come is refused', async () => {
        const revision = (await revisionNow()) + 1_000
        expect(await failure(store.range(prefix(), {revision}))).toEqual({name: 'META_REFUSED', outcome: 'rejected'})
      })

      test('a revision before a compaction is gone, the compacted one and later ones are not', async () => {
        const at = prefix()
        const early = await putOne(`${at}a`, 'one')
        const compacted = await compactNow(at)
        expect(await failure(store.range(at, {revision: early}))).toEqual({name: 'META_COMPACTED', outcome: 'rejected'})
        expect((await store.range(at, {revision: compacted})).kvs.length).toBe(2)
        expect(text(await store.get(`${at}a`))).toBe('one')
      })
    })

    describe('ranges', () => {
      test('an empty prefix holds nothing, at a revision', async () => {
        const revision = await putOne(`${prefix()}other`, 'x')
        expect(await store.range(prefix())).toEqual({kvs: [], revision})
      })

      test('keys come in the order of their bytes', async () => {
        const at = prefix()
        const names = ['b', 'a/2', 'a', 'a/10', 'é', 'Z', '\u{10000}', '\uffee']
        await transact(...names.map((key) => put(`${at}${key}`, '')))
        const expected = names
          .map((key) => `${at}${key}`)
          .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        expect((await store.range(at)).kvs.map((kv) => kv.key)).toEqual(expected)
      })

      test('a prefix takes the key that equals it and not its neighbours', async () => {
        const at = prefix()
        await transact(put(`${at}b`, '1'), put(`${at}b/x`, '2'), put(`${at}a`, '3'), put(`${at}c`, '4'))
        expect((await store.range(`${at}b`)).kvs.map(text)).toEqual(['1', '2'])
      })

      test('a prefix that ends in a character of several bytes', async () => {
        const at = prefix()
        await transact(put(`${at}é1`, '1'), put(`${at}ê1`, '2'), put(`${at}\u{10ffff}x`, '3'))
        expect((await store.range(`${at}é`)).kvs.map(text)).toEqual(['1'])
        expect((await store.range(`${at}\u{10ffff}`)).kvs.map(text)).toEqual(['3'])
      })

      test('the empty prefix is everything', async () => {
        const at = prefix()
        await transact(put(`${at}a`, '1'), put('!first', '2'), put('~last', '3'))
        const keys = (await store.range('')).kvs.map((kv) => kv.key)
        expect(keys[0]).toBe('!first')
        expect(keys.at(-1)).toBe('~last')
        expect(keys).toContain(`${at}a`)
        await transact(remove('!first'), remove('~last'))
      })

      test('keys only: everything but the values', async () => {
        const at = prefix()
        const revision = await putOne(`${at}a`, 'value')
        const {kvs} = await store.range(at, {keysOnly: true})
        expect(kvs).toMatchObject([{key: `${at}a`, modRevision: revision, version: 1}])
        expect(kvs[0]?.value.length).toBe(0)
      })

      test('counts what a prefix holds', async () => {
        const at = prefix()
        expect(await store.count(at)).toBe(0)
        await transact(put(`${at}a`, ''), put(`${at}b`, ''), put(`${at}c/d`, ''))
        expect(await store.count(at)).toBe(3)
        expect(await store.count(`${at}c`)).toBe(1)
      })

      test('2,600 keys are read in several pages, each key once and in order', async () => {
        const at = prefix()
        await fill(at, 2_600)
        const pages: number[] = []
        const keys: string[] = []
        for await (const page of store.pages(at)) {
          pages.push(page.kvs.length)
          keys.push(...page.kvs.map((kv) => kv.key))
        }
        expect(pages.length).toBeGreaterThan(1)
        expect(keys).toEqual(Array.from({length: 2_600}, (_, i) => `${at}${String(i).padStart(6, '0')}`))
        expect(await store.count(at)).toBe(2_600)
      })

      test('the pages of a range show one revision while writes go on', async () => {
        const at = prefix()
        await fill(at, 2_600)
        const before = await revisionNow()
        const keys: string[] = []
        for await (const page of store.pages(at)) {
          expect(page.revision).toBe(before)
          keys.push(...page.kvs.map((kv) => kv.key))
          expect(page.kvs.every((kv) => text(kv) === 'v')).toBe(true)
          await transact(put(`${at}zz${keys.length}`, 'new'), put(`${at}002599`, 'changed'), remove(`${at}002000`))
        }
        expect(keys.length).toBe(2_600)
        expect(await store.count(at)).toBeGreaterThan(2_600)
      })

      test('exactly one page, and one key more', async () => {
        const at = prefix()
        await fill(at, 1_000)
        expect((await store.range(at)).kvs.length).toBe(1_000)
        await putOne(`${at}zzz`, '')
        expect((await store.range(at)).kvs.length).toBe(1_001)
      })
    })

    describe('transactions', () => {
      const attempt = async (at: string, compare: Transaction['compare'] & {}) => {
        const {succeeded} = await store.transact({compare, then: [], otherwise: [get(`${at}a`)]})
        return succeeded
      }

      test('without compares the first branch runs', async () => {
        expect(await transact()).toMatchObject({succeeded: true, results: []})
      })

      test('mod revision', async () => {
        const at = prefix()
        const one = await putOne(`${at}a`, '1')
        const two = await putOne(`${at}a`, '2')
        expect(await attempt(at, [{key: `${at}a`, target: 'modRevision', equals: one}])).toBe(false)
        expect(await attempt(at, [{key: `${at}a`, target: 'modRevision', equals: two}])).toBe(true)
      })

      test('create revision', async () => {
        const at = prefix()
        const one = await putOne(`${at}a`, '1')
        const two = await putOne(`${at}a`, '2')
        expect(await attempt(at, [{key: `${at}a`, target: 'createRevision', equals: one}])).toBe(true)
        expect(await attempt(at, [{key: `${at}a`, target: 'createRevision', equals: two}])).toBe(false)
      })

      test('version', async () => {
        const at = prefix()
        await putOne(`${at}a`, '1')
        await putOne(`${at}a`, '2')
        expect(await attempt(at, [{key: `${at}a`, target: 'version', equals: 2}])).toBe(true)
        expect(await attempt(at, [{key: `${at}a`, target: 'version', equals: 1}])).toBe(false)
      })

      test('value, as text and as bytes', async () => {
        const at = prefix()
        await putOne(`${at}a`, 'été')
        expect(await attempt(at, [{key: `${at}a`, target: 'value', equals: 'été'}])).toBe(true)
        expect(await attempt(at, [{key: `${at}a`, target: 'value', equals: Buffer.from('été')}])).toBe(true)
        expect(await attempt(at, [{key: `${at}a`, target: 'value', equals: 'ete'}])).toBe(false)
        expect(await attempt(at, [{key: `${at}a`, target: 'value', equals: ''}])).toBe(false)
      })

      test('an empty value equals the empty value', async () => {
        const at = prefix()
        await putOne(`${at}a`, '')
        expect(await attempt(at, [{key: `${at}a`, target: 'value', equals: ''}])).toBe(true)
      })

      test('a key that does not exist has version 0, revisions 0, and equals no value', async () => {
        const at = prefix()
        expect(await attempt(at, [{key: `${at}a`, target: 'version', equals: 0}])).toBe(true)
        expect(await attempt(at, [{key: `${at}a`, target: 'modRevision', equals: 0}])).toBe(true)
        expect(await attempt(at, [{key: `${at}a`, target: 'createRevision', equals: 0}])).toBe(true)
        expect(await attempt(at, [{key: `${at}a`, target: 'value', equals: ''}])).toBe(false)
      })

      test('every compare must hold', async () => {
        const at = prefix()
        const one = await putOne(`${at}a`, '1')
        const holds = {key: `${at}a`, target: 'modRevision', equals: one} as const
        const fails = {key: `${at}b`, target: 'version', equals: 1} as const
        expect(await attempt(at, [holds, holds])).toBe(true)
        expect(await attempt(at, [holds, fails])).toBe(false)
        expect(await attempt(at, [fails, holds])).toBe(false)
      })

      test('a failed compare runs the other branch, and only that', async () => {
        const at = prefix()
        await putOne(`${at}a`, 'old')
        const result = await store.transact({
          compare: [{key: `${at}a`, target: 'version', equals: 0}],
          then: [put(`${at}a`, 'new'), put(`${at}b`, 'new')],
          otherwise: [get(`${at}a`), put(`${at}c`, 'other')],
        })
        expect(result.succeeded).toBe(false)
        expect(result.results[0]).toMatchObject({type: 'get', kv: {key: `${at}a`, version: 1}})
        expect(await values(at)).toEqual(['a=old', 'c=other'])
      })

      test('a failed compare without another branch does nothing', async () => {
        const at = prefix()
        const compare = [{key: `${at}a`, target: 'version', equals: 7}] as const
        expect(await store.transact({compare, then: [put(`${at}a`, 'x')]})).toMatchObject({
          succeeded: false,
          results: [],
        })
        expect(await values(at)).toEqual([])
      })

      test('one result for each operation, in order', async () => {
        const at = prefix()
        await transact(put(`${at}a`, '1'), put(`${at}b/1`, '2'), put(`${at}b/2`, '3'))
        const {results} = await transact(get(`${at}a`), put(`${at}c`, ''), removePrefix(`${at}b/`), get(`${at}none`))
        expect(results.map((result) => result.type)).toEqual(['get', 'put', 'delete', 'get'])
        expect(results[2]).toEqual({type: 'delete', deleted: 2})
        expect(results[3]).toEqual({type: 'get', kv: null})
      })

      test('a read after a write in one transaction sees it', async () => {
        const at = prefix()
        const {results, revision} = await transact(put(`${at}a`, '1'), get(`${at}a`))
        expect(results[1]).toMatchObject({type: 'get', kv: {version: 1, modRevision: revision}})
      })

      test('a read before a write in one transaction does not', async () => {
        const at = prefix()
        const {results} = await transact(get(`${at}a`), put(`${at}a`, '1'))
        expect(results[0]).toEqual({type: 'get', kv: null})
      })

      test('128 operations are one transaction, 129 are refused', async () => {
        const at = prefix()
        const puts = Array.from({length: 129}, (_, i) => put(`${at}${i}`, 'x'))
        expect(await failure(transact(...puts))).toEqual({name: 'META_REFUSED', outcome: 'rejected'})
        expect(await store.count(at)).toBe(0)
        const {revision} = await transact(...puts.slice(0, 128))
        expect((await store.range(at)).kvs.every((kv) => kv.modRevision === revision)).toBe(true)
        expect(await store.count(at)).toBe(128)
      })

      test('a key that is written twice in one transaction is refused', async () => {
        const at = prefix()
        const twice = transact(put(`${at}a`, '1'), put(`${at}a`, '2'))
        expect(await failure(twice)).toEqual({name: 'META_REFUSED', outcome: 'rejected'})
        expect(await values(at)).toEqual([])
      })

      test('a key that is written and deleted in one transaction is refused', async () => {
        const at = prefix()
        const twice = transact(put(`${at}a`, '1'), removePrefix(at))
        expect(await failure(twice)).toEqual({name: 'META_REFUSED', outcome: 'rejected'})
        expect(await values(at)).toEqual([])
      })

      test('a key that is deleted and deleted again in one transaction is allowed', async () => {
        const at = prefix()
        await putOne(`${at}a`, '1')
        const {results} = await transact(remove(`${at}a`), remove(`${at}a`))
        expect(results).toEqual([
          {type: 'delete', deleted: 1},
          {type: 'delete', deleted: 0},
        ])
      })

      test('of 20 writers that compare the same revision one wins', async () => {
        const at = prefix()
        const modRevision = await putOne(`${at}a`, '0')
        const outcomes = await Promise.all(
          Array.from({length: 20}, (_, i) =>
            store.transact({
              compare: [{key: `${at}a`, target: 'modRevision', equals: modRevision}],
              then: [put(`${at}a`, String(i))],
            }),
          ),
        )
        expect(outcomes.filter(({succeeded}) => succeeded).length).toBe(1)
        expect((await store.get(`${at}a`))?.version).toBe(2)
      })

      test('an aborted call is cancelled, and one that was never sent is certainly rejected', async () => {
        const at = prefix()
        const signal = AbortSignal.abort()
        const outcome = {name: 'CANCELED', outcome: 'rejected'}
        expect(await failure(store.transact({then: [put(`${at}a`, 'x')]}, {signal}))).toEqual(outcome)
        expect(await failure(store.get(`${at}a`, {signal}))).toEqual(outcome)
        expect(await values(at)).toEqual([])
      })
    })

    describe('watches', () => {
      test('begin with a snapshot of what is there', async () => {
        const at = prefix()
        const revision = await putOne(`${at}a`, '1')
        const watch = watching(at)
        const snapshot = await watch.snapshot()
        expect(snapshot.kvs.map(text)).toEqual(['1'])
        expect(snapshot.revision).toBe(revision)
        await watch.end()
      })

      test('begin with an empty snapshot where there is nothing', async () => {
        const watch = watching(prefix())
        expect((await watch.snapshot()).kvs).toEqual([])
        await watch.end()
      })

      test('a snapshot of 2,600 keys is one message', async () => {
        const at = prefix()
        await fill(at, 2_600)
        const watch = watching(at)
        expect((await watch.snapshot()).kvs.length).toBe(2_600)
        await watch.end()
      })

      test('deliver puts and deletes after the snapshot, in order', async () => {
        const at = prefix()
        const watch = watching(at)
        await watch.snapshot()
        await putOne(`${at}a`, '1')
        await putOne(`${at}a`, '2')
        await transact(remove(`${at}a`))
        await putOne(`${at}b`, '3')
        expect((await watch.take(4)).map(describeEvent)).toEqual([
          `put ${at}a 1`,
          `put ${at}a 2`,
          `delete ${at}a`,
          `put ${at}b 3`,
        ])
        await watch.end()
      })

      test('from a revision: everything since then, that revision included, and no snapshot', async () => {
        const at = prefix()
        await putOne(`${at}a`, '1')
        const from = await putOne(`${at}a`, '2')
        await putOne(`${at}a`, '3')
        const watch = watching(at, from)
        expect((await watch.take(2)).map(describeEvent)).toEqual([`put ${at}a 2`, `put ${at}a 3`])
        await watch.end()
      })

      test('from a revision that is yet to come: nothing before it', async () => {
        const at = prefix()
        const now = await putOne(`${at}a`, '1')
        const watch = watching(at, now + 3)
        const first = watch.take(1)
        await putOne(`${at}a`, '2')
        await putOne(`${at}a`, '3')
        await putOne(`${at}a`, '4')
        expect((await first).map(describeEvent)).toEqual([`put ${at}a 4`])
        await watch.end()
      })

      test('an event carries the key with its revisions, version and value', async () => {
        const at = prefix()
        const watch = watching(at)
        await watch.snapshot()
        const one = await putOne(`${at}a`, '1')
        const two = await putOne(`${at}a`, '2')
        const [, second] = await watch.take(2)
        expect(second).toMatchObject({
          type: 'put',
          kv: {key: `${at}a`, createRevision: one, modRevision: two, version: 2, lease: null},
        })
        await watch.end()
      })

      test('a delete carries the revision at which it happened', async () => {
        const at = prefix()
        await putOne(`${at}a`, '1')
        const watch = watching(at)
        await watch.snapshot()
        const {revision} = await transact(remove(`${at}a`))
        expect(await watch.take(1)).toEqual([{type: 'delete', key: `${at}a`, modRevision: revision}])
        await watch.end()
      })

      test('a delete of a prefix is a delete of each key', async () => {
        const at = prefix()
        await transact(put(`${at}a`, ''), put(`${at}b`, ''), put(`${at}c`, ''))
        const watch = watching(at)
        await watch.snapshot()
        await transact(removePrefix(at))
        const {events} = await watch.events()
        expect(events.map(describeEvent)).toEqual([`delete ${at}a`, `delete ${at}b`, `delete ${at}c`])
        await watch.end()
      })

      test('the changes of one transaction are in one message', async () => {
        const at = prefix()
        const watch = watching(at)
        await watch.snapshot()
        const {revision} = await transact(...Array.from({length: 100}, (_, i) => put(`${at}${i}`, 'x')))
        const message = await watch.events()
        expect(message.events.length).toBe(100)
        expect(message.revision).toBe(revision)
        await watch.end()
      })

      test('the changes of one transaction stay together in history as well', async () => {
        const at = prefix()
        const from = (await transact(...Array.from({length: 100}, (_, i) => put(`${at}${i}`, 'x')))).revision
        for (let round = 0; round < 20; round++) {
          await transact(...Array.from({length: 100}, (_, i) => put(`${at}${i}`, 'y')))
        }
        const watch = watching(at, from)
        let seen = 0
        let last = 0
        while (seen < 2_100) {
          const {events} = await watch.events()
          const perRevision = new Map<number, number>()
          for (const event of events) {
            const revision = event.type === 'put' ? event.kv.modRevision : event.modRevision
            expect(revision).toBeGreaterThanOrEqual(last)
            last = revision
            perRevision.set(revision, (perRevision.get(revision) ?? 0) + 1)
          }
          expect([...perRevision.values()].every((count) => count === 100)).toBe(true)
          seen += events.length
        }
        await watch.end()
      })

      test('the revision of a message is that of its last event', async () => {
        const at = prefix()
        const watch = watching(at)
        await watch.snapshot()
        const revision = await putOne(`${at}a`, '1')
        await putOne(`${prefix()}elsewhere`, '1')
        expect((await watch.events()).revision).toBe(revision)
        await watch.end()
      })

      test('only what begins with the prefix', async () => {
        const at = prefix()
        const watch = watching(`${at}b/`)
        await watch.snapshot()
        await transact(put(`${at}a`, ''), put(`${at}b`, ''), put(`${at}b0`, ''), put(`${at}c`, ''))
        await transact(put(`${at}b/x`, 'yes'), put(`${at}a`, 'no'))
        expect((await watch.take(1)).map(describeEvent)).toEqual([`put ${at}b/x yes`])
        await watch.end()
      })

      test('a write that leaves the value as it was is an event', async () => {
        const at = prefix()
        await putOne(`${at}a`, 'same')
        const watch = watching(at)
        await watch.snapshot()
        await putOne(`${at}a`, 'same')
        expect((await watch.take(1)).map(describeEvent)).toEqual([`put ${at}a same`])
        await watch.end()
      })

      test('a transaction whose compare fails is not an event', async () => {
        const at = prefix()
        const watch = watching(at)
        await watch.snapshot()
        await store.transact({compare: [{key: `${at}a`, target: 'version', equals: 5}], then: [put(`${at}a`, 'no')]})
        await putOne(`${at}a`, 'yes')
        expect((await watch.take(1)).map(describeEvent)).toEqual([`put ${at}a yes`])
        await watch.end()
      })

      test('nothing falls between snapshot and events while writers are at work', async () => {
        const at = prefix()
        let written = 0
        let writing = true
        const writers = Array.from({length: 4}, async (_, writer) => {
          while (writing) await putOne(`${at}${writer}/${written++}`, 'x')
        })
        await until('some keys are written', () => written > 20)
        const watch = watching(at)
        const snapshot = await watch.snapshot()
        const seen = new Set(snapshot.kvs.map((kv) => kv.key))
        await until('more keys are written', () => written > seen.size + 50)
        writing = false
        await Promise.all(writers)
        const total = await store.count(at)
        while (seen.size < total) {
          for (const event of (await watch.events()).events) {
            if (event.type === 'delete') throw new Error('nothing is deleted here')
            expect(event.kv.modRevision).toBeGreaterThan(snapshot.revision)
            expect(seen.has(event.kv.key)).toBe(false)
            seen.add(event.kv.key)
          }
        }
        await watch.end()
      })

      test('two watches of one prefix see the same', async () => {
        const at = prefix()
        const [one, two] = [watching(at), watching(at)]
        await Promise.all([one.snapshot(), two.snapshot()])
        await putOne(`${at}a`, '1')
        expect(await one.take(1)).toEqual(await two.take(1))
        await Promise.all([one.end(), two.end()])
      })

      test('an abort ends a watch that waits', async () => {
        const watch = watching(prefix())
        await watch.snapshot()
        const next = watch.next(2_000)
        watch.abort()
        expect(await next).toBeNull()
      })

      test('an abort before the first message ends the watch', async () => {
        const watch = watching(prefix())
        watch.abort()
        expect(await watch.next(2_000)).toBeNull()
      })

      test('a consumer may simply leave the loop', async () => {
        const at = prefix()
        const abort = new AbortController()
        for await (const message of store.watch(at, {signal: abort.signal})) {
          expect(message.type).toBe('snapshot')
          break
        }
        await putOne(`${at}a`, '1')
        expect(await values(at)).toEqual(['a=1'])
      })

      test('from a revision that was compacted: a snapshot instead, and events after it', async () => {
        const at = prefix()
        const from = await putOne(`${at}a`, '1')
        await putOne(`${at}a`, '2')
        await compactNow(at)
        const watch = watching(at, from)
        const snapshot = await watch.snapshot()
        expect(snapshot.kvs.map(text)).toEqual(['2', 'x'])
        await putOne(`${at}a`, '3')
        expect((await watch.take(1)).map(describeEvent)).toEqual([`put ${at}a 3`])
        await watch.end()
      })

      test('a compaction does not disturb a watch that is up to date', async () => {
        const at = prefix()
        const watch = watching(at)
        await watch.snapshot()
        await putOne(`${at}a`, '1')
        await watch.take(1)
        await compactNow(at)
        await putOne(`${at}a`, '2')
        expect((await watch.take(2)).map(describeEvent)).toEqual([`put ${at}last x`, `put ${at}a 2`])
        await watch.end()
      })

      test('a consumer that is slow gets every event in order, or a snapshot that includes them', async () => {
        const at = prefix()
        const watch = watching(at)
        await watch.snapshot()
        const big = 'x'.repeat(20_000)
        for (let i = 0; i < 300; i++) await putOne(`${at}${String(i).padStart(3, '0')}`, big)
        const seen: string[] = []
        while (seen.length < 300) {
          const message = await watch.next()
          if (message === null) throw new Error('the watch ended')
          if (message.type === 'snapshot') seen.splice(0, seen.length, ...message.kvs.map((kv) => kv.key))
          else seen.push(...message.events.map((event) => (event.type === 'put' ? event.kv.key : 'deleted')))
        }
        expect(seen).toEqual(Array.from({length: 300}, (_, i) => `${at}${String(i).padStart(3, '0')}`))
        await watch.end()
      })
    })

    describe('leases', () => {
      test('a lease has an id and at least the time that was asked for', async () => {
        const lease = await store.grantLease(30)
        expect(lease.id).toMatch(/^[1-9]\d*$/)
        expect(lease.ttlSeconds).toBeGreaterThanOrEqual(30)
        await store.revokeLease(lease.id)
      })

      test('two leases have two ids', async () => {
        const [one, two] = await Promise.all([store.grantLease(30), store.grantLease(30)])
        expect(one.id).not.toBe(two.id)
        await Promise.all([store.revokeLease(one.id), store.revokeLease(two.id)])
      })

      test('a time to live of nothing is refused or raised to the least that there is', async () => {
        const outcome = await store.grantLease(0).catch((thrown: unknown) => thrown)
        if (outcome instanceof CodedError) expect(outcome.errorName).toBe('META_REFUSED')
        else expect(outcome).toMatchObject({ttlSeconds: expect.any(Number)})
      })

      test('a key under a lease shows it', async () => {
        const at = prefix()
        const {id} = await store.grantLease(30)
        await transact({type: 'put', key: `${at}a`, value: '1', lease: id})
        expect((await store.get(`${at}a`))?.lease).toBe(id)
        expect((await store.range(at)).kvs[0]?.lease).toBe(id)
        await store.revokeLease(id)
      })

      test('a lease that does not exist is refused, and nothing is written', async () => {
        const at = prefix()
        const call = transact(put(`${at}b`, '1'), {type: 'put', key: `${at}a`, value: '1', lease: noLease})
        expect(await failure(call)).toEqual({name: 'META_REFUSED', outcome: 'rejected'})
        expect(await values(at)).toEqual([])
      })

      test('the time to live counts down from what was granted', async () => {
        const {id, ttlSeconds} = await store.grantLease(30)
        const left = await store.leaseTimeToLive(id)
        expect(left).toBeGreaterThan(ttlSeconds - 5)
        expect(left).toBeLessThanOrEqual(ttlSeconds)
        await store.revokeLease(id)
      })

      test('a renewal starts the time anew', async () => {
        const {id, ttlSeconds} = await store.grantLease(30)
        expect(await store.renewLease(id)).toBe(ttlSeconds)
        await store.revokeLease(id)
      })

      test('revoking deletes the keys of the lease in one revision, and a watch sees it', async () => {
        const at = prefix()
        const {id} = await store.grantLease(30)
        await transact({type: 'put', key: `${at}a`, value: '1', lease: id}, put(`${at}b`, '2'), {
          type: 'put',
          key: `${at}c`,
          value: '3',
          lease: id,
        })
        const watch = watching(at)
        await watch.snapshot()
        await store.revokeLease(id)
        const {events} = await watch.events()
        expect(events.map(describeEvent).sort()).toEqual([`delete ${at}a`, `delete ${at}c`])
        expect(await values(at)).toEqual(['b=2'])
        await watch.end()
      })

      test('a revoked lease is gone: no time left, no renewal, revoking again is fine', async () => {
        const {id} = await store.grantLease(30)
        await store.revokeLease(id)
        expect(await store.leaseTimeToLive(id)).toBeNull()
        expect(await store.renewLease(id)).toBe(0)
        await store.revokeLease(id)
      })

      test('a lease that never was is gone as well', async () => {
        expect(await store.leaseTimeToLive(noLease)).toBeNull()
        expect(await store.renewLease(noLease)).toBe(0)
        await store.revokeLease(noLease)
      })

      test('a lease that is not renewed expires, its keys go, and a watch sees it', async () => {
        const at = prefix()
        const {id} = await store.grantLease(1)
        await transact({type: 'put', key: `${at}a`, value: '1', lease: id})
        const watch = watching(at)
        expect((await watch.snapshot()).kvs.length).toBe(1)
        expect((await watch.take(1)).map(describeEvent)).toEqual([`delete ${at}a`])
        expect(await store.get(`${at}a`)).toBeNull()
        await until('the lease is gone', async () => (await store.leaseTimeToLive(id)) === null)
        await watch.end()
      })

      test('a lease that is renewed outlives its time', async () => {
        const at = prefix()
        const {id, ttlSeconds} = await store.grantLease(1)
        await transact({type: 'put', key: `${at}a`, value: '1', lease: id})
        const enough = performance.now() + ttlSeconds * 2_500
        await until('two and a half times to live have passed', async () => {
          expect(await store.renewLease(id)).toBeGreaterThan(0)
          return performance.now() > enough
        })
        expect(text(await store.get(`${at}a`))).toBe('1')
        await store.revokeLease(id)
      })

      test('a key that moves to another lease lives and dies with that', async () => {
        const at = prefix()
        const [one, two] = [await store.grantLease(30), await store.grantLease(30)]
        await transact({type: 'put', key: `${at}a`, value: '1', lease: one.id})
        await transact({type: 'put', key: `${at}a`, value: '2', lease: two.id})
        await store.revokeLease(one.id)
        expect(text(await store.get(`${at}a`))).toBe('2')
        await store.revokeLease(two.id)
        expect(await store.get(`${at}a`)).toBeNull()
      })

      test('a key that is written without a lease leaves its lease', async () => {
        const at = prefix()
        const {id} = await store.grantLease(30)
        await transact({type: 'put', key: `${at}a`, value: '1', lease: id})
        await putOne(`${at}a`, '2')
        await store.revokeLease(id)
        expect(await store.get(`${at}a`)).toMatchObject({lease: null, version: 2})
      })

      test('a key that was deleted and written again is not the old lease’s', async () => {
        const at = prefix()
        const {id} = await store.grantLease(30)
        await transact({type: 'put', key: `${at}a`, value: '1', lease: id})
        await transact(remove(`${at}a`))
        await putOne(`${at}a`, '2')
        await store.revokeLease(id)
        expect(text(await store.get(`${at}a`))).toBe('2')
      })
    })

    test('the status names the back-end, its version and endpoint, and counts bytes and revisions', async () => {
      const revision = await putOne(`${prefix()}a`, '1')
      const status = await store.status()
      expect(['etcd', 'embedded']).toContain(status.backend)
      expect(status.version).toMatch(/^\d+\.\d+/)
      expect(status.dbBytes).toBeGreaterThan(0)
      expect(status.revision).toBeGreaterThanOrEqual(revision)
      expect(status.endpoint).not.toBe('')
    })

    test('closing ends live watches, and may be done twice', async () => {
      const other = await open()
      const watch = new WatchProbe(other.store, prefix())
      await watch.snapshot()
      const next = watch.next(5_000)
      await other.store.close()
      expect(await next).toBeNull()
      await other.store.close()
      const after = await failure(other.store.get('/a'))
      expect(after).toEqual({name: 'META_UNREACHABLE', outcome: 'rejected'})
      await other.close()
    })
  })
}

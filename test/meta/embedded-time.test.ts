/**
 * What the embedded store does as time passes: leases end, history is compacted.
 */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {type EmbeddedOptions, EmbeddedStore} from '../../src/meta/embedded/embedded-store.js'
import {until} from '../harness/until.js'
import {ManualClock} from './embedded-clock.js'
import {env} from './embedded-env.js'

const hourMs = 3_600_000

let directory: string
let clock: ManualClock
let store: EmbeddedStore

const open = async (options: Partial<EmbeddedOptions> = {}) => {
  store = new EmbeddedStore({directory, ...options}, {...env, clock})
  await store.start()
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'embedded-time-'))
  clock = new ManualClock()
  await open()
})
afterEach(async () => {
  await store.stop()
  await rm(directory, {recursive: true, force: true})
})

const put = async (key: string, value = '') => (await store.transact({then: [{type: 'put', key, value}]})).revision

async function putLeased(key: string, ttlSeconds: number) {
  const lease = await store.grantLease(ttlSeconds)
  await store.transact({then: [{type: 'put', key, value: '', lease: lease.id}]})
  return lease.id
}

const exists = async (key: string) => (await store.get(key)) !== null
/** A write after the present ones: what was queued before is done then. */
const settled = () => put('/settled')

test('a lease ends with its time, and takes its keys along', async () => {
  const lease = await putLeased('/server/1', 10)
  clock.advance(9_000)
  await settled()
  expect(await exists('/server/1')).toBe(true)
  expect(await store.leaseTimeToLive(lease)).toBe(1)
  clock.advance(2_000)
  await settled()
  expect(await exists('/server/1')).toBe(false)
  expect(await store.leaseTimeToLive(lease)).toBeNull()
  expect(await store.renewLease(lease)).toBe(0)
})

test('a lease that is renewed has its full time again', async () => {
  const lease = await putLeased('/server/1', 10)
  for (let renewal = 0; renewal < 5; renewal++) {
    clock.advance(9_000)
    expect(await store.renewLease(lease)).toBe(10)
  }
  await settled()
  expect(await exists('/server/1')).toBe(true)
})

test('a key that was given another lease, or none, outlives its first', async () => {
  await putLeased('/a', 10)
  await putLeased('/b', 10)
  await putLeased('/a', 100)
  await put('/b')
  clock.advance(11_000)
  await settled()
  expect([await exists('/a'), await exists('/b')]).toEqual([true, true])
})

test('leases survive a restart with their full time', async () => {
  const lease = await putLeased('/server/1', 10)
  clock.advance(9_000)
  await store.stop()
  await open()
  expect(await store.leaseTimeToLive(lease)).toBe(10)
  clock.advance(9_000)
  await settled()
  expect(await exists('/server/1')).toBe(true)
  clock.advance(2_000)
  await settled()
  expect(await exists('/server/1')).toBe(false)
})

test('time in which the process did not run does not count', async () => {
  const lease = await putLeased('/server/1', 10)
  clock.pause(60_000)
  await settled()
  expect(await exists('/server/1')).toBe(true)
  expect(await store.leaseTimeToLive(lease)).toBeGreaterThanOrEqual(9)
  clock.advance(11_000)
  await settled()
  expect(await exists('/server/1')).toBe(false)
})

test('history is kept for the retention, then compacted', async () => {
  const old = await put('/a', 'old')
  await put('/a', 'new')
  clock.advance(0.9 * hourMs)
  expect((await store.range('/a', {revision: old})).kvs.length).toBe(1)
  clock.advance(0.3 * hourMs)
  await settled()
  await expect(store.range('/a', {revision: old})).rejects.toMatchObject({errorName: 'META_COMPACTED'})
  expect(await exists('/a')).toBe(true)
})

test('an idle store goes on without compacting anew', async () => {
  const revision = await put('/a')
  clock.advance(10 * hourMs)
  await settled()
  expect((await store.range('/a', {revision})).kvs.length).toBe(1)
})

test('no more revisions are kept than the maximum, and compacted history leaves the disk', async () => {
  await store.stop()
  await open({revisionsMax: 100})
  const value = 'x'.repeat(10_000)
  let bytes = 0
  for (let round = 0; round < 4; round++) {
    for (let batch = 0; batch < 6; batch++) await Promise.all(Array.from({length: 50}, () => put('/a', value)))
    clock.advance(0.1 * hourMs)
    const {revision} = await store.status()
    await until('it is compacted', async () => {
      const isCompacted = await store.range('/', {revision: revision - 101}).then(
        () => false,
        () => true,
      )
      return isCompacted
    })
    await store.compact(revision)
    if (round === 0) bytes = (await store.status()).dbBytes
  }
  expect((await store.status()).dbBytes).toBeLessThan(1.5 * bytes)
})

import {afterAll, afterEach, beforeAll, beforeEach, expect} from 'vitest'
import type {EtcdStore} from '../../src/meta/etcd-store.js'
import {LeaseKeeper, type LeaseKeeperOptions, type LeaseState} from '../../src/meta/lease-keeper.js'
import type {KeyValue} from '../../src/meta/store.js'
import type {TestEtcd} from '../harness/etcd.js'
import type {TcpProxy} from '../harness/tcp-proxy.js'
import {until} from '../harness/until.js'
import {describe, test} from '../harness/with-etcd.js'
import {type ProxiedEtcd, startProxiedEtcd} from './proxied-etcd.js'
import {env} from './stores.js'

let proxied: ProxiedEtcd
let etcd: TestEtcd
let proxy: TcpProxy
/** What the keepers use. */
let through: EtcdStore
/** What the tests look with. */
let store: EtcdStore
let key = ''
let cases = 0
const keepers: LeaseKeeper[] = []

beforeAll(async () => {
  proxied = await startProxiedEtcd()
  ;({etcd, proxy, through, store} = proxied)
})
afterAll(() => proxied.stop())
beforeEach(() => {
  key = `/w/server/${++cases}`
})
afterEach(async () => {
  proxy.resume()
  await Promise.all(keepers.splice(0).map((keeper) => keeper.stop()))
})

function keep(options: Partial<LeaseKeeperOptions> = {}): {keeper: LeaseKeeper; states: LeaseState[]} {
  const keeper = new LeaseKeeper(through, env, {key, value: 'here', ttlSeconds: 1, ...options})
  const states: LeaseState[] = []
  keeper.onChange((state) => states.push(state))
  keepers.push(keeper)
  return {keeper, states}
}

const text = (kv: KeyValue | null) => (kv === null ? null : new TextDecoder().decode(kv.value))
const value = async () => text(await store.get(key))
const put = (text: string) => store.transact({then: [{type: 'put', key, value: text}]})
const remove = () => store.transact({then: [{type: 'delete', key}]})

describe('a lease keeper', () => {
  test('puts the key under a lease and keeps it beyond its time', async () => {
    const {keeper, states} = keep()
    await keeper.start()
    expect(await value()).toBe('here')
    const {lease} = (await store.get(key)) ?? {}
    const enough = performance.now() + 2_500
    await until('two and a half times to live have passed', () => performance.now() > enough)
    expect(await store.get(key)).toMatchObject({lease, version: 1})
    expect(states).toEqual(['registered'])
  })

  test('stop takes the key away at once', async () => {
    const {keeper} = keep({ttlSeconds: 60})
    await keeper.start()
    await keeper.stop()
    expect(await store.get(key)).toBeNull()
    expect(keeper.state).toBe('lost')
    await keeper.stop()
  })

  test('update replaces the value on the same lease', async () => {
    const {keeper} = keep()
    await keeper.start()
    const {lease} = (await store.get(key)) ?? {}
    await keeper.update('moved')
    expect(await value()).toBe('moved')
    expect(await store.get(key)).toMatchObject({lease, version: 2})
  })

  test('a key that somebody deletes comes back', async () => {
    const {keeper} = keep()
    await keeper.start()
    await remove()
    await until('the key is back', async () => (await value()) === 'here')
    expect(keeper.state).toBe('registered')
  })

  test('a lease that somebody revokes is replaced', async () => {
    const {keeper, states} = keep()
    await keeper.start()
    const held = await store.get(key)
    if (held?.lease == null) throw new Error('the key has a lease')
    await store.revokeLease(held.lease)
    await until('the key is back', async () => (await value()) === 'here')
    await until('the keeper knows', () => keeper.state === 'registered')
    expect(states).toEqual(['registered', 'lost', 'registered'])
  })

  test('a store that is away: suspect, then lost, then registered again with the newest value', async () => {
    const {keeper, states} = keep({ttlSeconds: 2})
    await keeper.start()
    proxy.cut()
    await until('the lease must be taken for lost', () => keeper.state === 'lost')
    await keeper.update('newer')
    await until('etcd dropped the key', async () => (await value()) === null)
    proxy.resume()
    await until('the key is back', async () => (await value()) === 'newer')
    await until('the keeper knows', () => keeper.state === 'registered')
    expect(states).toEqual(['registered', 'suspect', 'lost', 'registered'])
  })

  test('a store that falls silent is lost within the time of the lease', async () => {
    const {keeper, states} = keep({ttlSeconds: 2})
    await keeper.start()
    proxy.holdAll()
    await until('etcd ended it', async () => (await value()) === null)
    expect(keeper.state).toBe('lost')
    expect(states).toEqual(['registered', 'suspect', 'lost'])
    proxy.cut()
    proxy.resume()
    await until('the keeper is registered again', () => keeper.state === 'registered')
  })

  test('a start waits for a store that is away', async () => {
    proxy.cut()
    const {keeper} = keep()
    const started = keeper.start()
    expect(await Promise.race([started, store.get(key).then(() => 'waiting')])).toBe('waiting')
    proxy.resume()
    await started
    expect(await value()).toBe('here')
  })

  test('a start that is aborted ends', async () => {
    proxy.cut()
    const {keeper} = keep()
    const abort = new AbortController()
    const started = keeper.start(abort.signal)
    abort.abort()
    await expect(started).rejects.toThrow()
  })

  test('an etcd that is killed and started again finds the key registered', async () => {
    const {keeper} = keep()
    await keeper.start()
    await etcd.kill()
    await etcd.restart()
    await until('the keeper is registered', async () => keeper.state === 'registered' && (await value()) === 'here')
  })
})

describe('a key that somebody else holds', () => {
  const mayTake = () => false

  test('is not overwritten: the start fails and shows who holds it', async () => {
    await put('another')
    const {keeper} = keep({mayTake})
    const refused = keeper.start()
    await expect(refused).rejects.toMatchObject({errorName: 'GUARD_FAILED', facts: {held: {key}}})
    expect(await value()).toBe('another')
  })

  test('is overwritten when the caller says that it may be', async () => {
    await put('here')
    const {keeper} = keep({mayTake: (held) => text(held) === 'here'})
    await keeper.start()
    expect((await store.get(key))?.lease).not.toBeNull()
  })

  test('is taken without asking when no rule is given', async () => {
    await put('another')
    await keep().keeper.start()
    expect(await value()).toBe('here')
  })

  test('and that was ours before is not fought for, but taken when it is free', async () => {
    const {keeper} = keep({mayTake})
    await keeper.start()
    await put('another')
    await until('the keeper sees that it lost the key', () => keeper.state === 'lost')
    expect(await value()).toBe('another')
    await remove()
    await until('the keeper is registered again', async () => (await value()) === 'here')
  })

  test('of two keepers with one key the second is refused', async () => {
    await keep({mayTake}).keeper.start()
    await expect(keep({mayTake, value: 'second'}).keeper.start()).rejects.toMatchObject({errorName: 'GUARD_FAILED'})
    expect(await value()).toBe('here')
  })
})

/** Connections between nodes over TLS: who gets in, and what is said of files that do not do. */
import {afterAll, afterEach, beforeAll, describe, expect, it} from 'vitest'
import {silentLog} from '../../../src/env/log.js'
import {dial} from '../../../src/env/net/dial.js'
import {Listener} from '../../../src/env/net/listener.js'
import {type Certificates, type TlsPolicy, tlsOf} from '../../../src/env/net/tls.js'
import {systemEnv} from '../../../src/env/system-env.js'
import {Authority} from '../../harness/certificates.js'

const env = systemEnv(silentLog)
const authKey = 'key'
const silent = {frame: () => {}, closed: () => {}}
const host = '127.0.0.1'

let ours: Authority
let theirs: Authority
let node: Certificates
let elsewhere: Certificates
let stranger: Certificates
const listeners: Listener[] = []

beforeAll(async () => {
  ;[ours, theirs] = [await Authority.make(), await Authority.make()]
  node = await ours.certificates('node')
  elsewhere = await ours.certificates('elsewhere', '10.9.8.7')
  stranger = await theirs.certificates('stranger')
})
afterEach(() => {
  for (const listener of listeners.splice(0)) listener.close()
})
afterAll(() => Promise.all([ours.remove(), theirs.remove()]))

interface End extends Partial<TlsPolicy> {
  readonly with: Certificates | null
}

function tlsFor({with: certificates, mutual = false, verifyHost = true}: End) {
  return certificates === null ? undefined : tlsOf(certificates, {mutual, verifyHost})
}

async function connects(listening: End, dialling: End): Promise<boolean> {
  const options = {address: {host, port: 0}, authKey, tls: tlsFor(listening)?.listen, protocol: 'test'}
  const listener = new Listener(env, options, () => silent)
  listeners.push(listener)
  const address = {host, port: await listener.start()}
  const tls = tlsFor(dialling)?.dial
  const dialled = dial(env, address, {authKey, connectTimeoutMs: 1_000, tls}, silent)
  return dialled.then(
    (connection) => {
      connection.destroy()
      return true
    },
    () => false,
  )
}

describe('two nodes', () => {
  const rows: readonly [string, () => [End, End], boolean][] = [
    ['that neither encrypt', () => [{with: null}, {with: null}], true],
    ['of one authority', () => [{with: node}, {with: node}], true],
    [
      'of one authority, both shown',
      () => [
        {with: node, mutual: true},
        {with: node, mutual: true},
      ],
      true,
    ],
    ['the one that dials of another authority', () => [{with: node}, {with: stranger}], false],
    ['the one that listens at another address', () => [{with: elsewhere}, {with: node}], false],
    ['at another address, where that is no matter', () => [{with: elsewhere}, {with: node, verifyHost: false}], true],
    ['the one that dials shows nothing, and must', () => [{with: node, mutual: true}, {with: node}], false],
    ['the one that dials does not encrypt', () => [{with: node}, {with: null}], false],
    ['the one that listens does not encrypt', () => [{with: null}, {with: node}], false],
    [
      'the one that dials shows what another authority signed',
      () => [
        {with: node, mutual: true},
        {with: {...stranger, ca: node.ca}, mutual: true},
      ],
      false,
    ],
  ]
  it.each(rows)('%s', async (_, ends, expected) => {
    expect(await connects(...ends())).toBe(expected)
  })
})

describe('files that do not do', () => {
  const policy = {mutual: true, verifyHost: true}
  it('are refused at once: no certificate, or a key of another one', () => {
    expect(() => tlsOf({...node, cert: Buffer.from('nonsense')}, policy)).toThrow()
    expect(() => tlsOf({...node, key: stranger.key}, policy)).toThrow('key values mismatch')
  })
})

import {describe, expect, test} from 'vitest'
import {loadConfig} from '../../src/config/load.js'
import {requireConfig} from '../../src/config/loaded.js'
import {etcdArguments, etcdSpecFor, parseEtcdVersion} from '../../src/node/etcd-spec.js'

const oneHost = requireConfig(
  loadConfig(
    `
[global]
name = "vearch"
data = ["/data/a", "/data/b"]
skip_auth = true
[[masters]]
name = "m1"
address = "127.0.0.1"
api_port = 8817
etcd_peer_port = 2390
etcd_client_port = 2370
[[masters]]
name = "m2"
address = "127.0.0.1"
api_port = 8818
etcd_peer_port = 2391
etcd_client_port = 2371
[[masters]]
name = "m3"
address = "master3.example"
api_port = 8817
etcd_peer_port = 2392
etcd_client_port = 2372
cluster_state = "existing"
`,
    'test.toml',
  ),
)
const m2 = etcdSpecFor(oneHost, 'm2')
const flag = (args: readonly string[], name: string) => args[args.indexOf(`--${name}`) + 1]

describe('the etcd of a master', () => {
  test('is named after it, has a directory of its own, and the cluster as token', () => {
    expect(m2).toMatchObject({
      name: 'm2',
      dataDir: '/data/a/etcd/m2',
      pidFile: '/data/a/etcd-m2.pid',
      restartMarker: '/data/a/vearch_m2_restart.txt',
      token: 'vearch',
      clusterState: 'new',
    })
  })

  test('knows every master by that master’s own peer port', () => {
    expect(m2.initialCluster).toEqual([
      {name: 'm1', peerUrl: 'http://127.0.0.1:2390'},
      {name: 'm2', peerUrl: 'http://127.0.0.1:2391'},
      {name: 'm3', peerUrl: 'http://master3.example:2392'},
    ])
  })

  test('listens on its address if that is a literal one, else everywhere', () => {
    expect(m2.bindHost).toBe('127.0.0.1')
    expect(etcdSpecFor(oneHost, 'm3')).toMatchObject({
      bindHost: '0.0.0.0',
      host: 'master3.example',
      clusterState: 'existing',
    })
  })

  test('may live where a Vearch master left it', () => {
    expect(etcdSpecFor(oneHost, 'm2', '/data/a').dataDir).toBe('/data/a')
  })

  test('a name that no master has is a fault of the configuration', () => {
    expect(() => etcdSpecFor(oneHost, 'm9')).toThrow(/m9/)
  })
})

describe('the command line of etcd', () => {
  const args = etcdArguments(m2, {major: 3, minor: 4})

  test.each([
    ['name', 'm2'],
    ['data-dir', '/data/a/etcd/m2'],
    ['listen-client-urls', 'http://127.0.0.1:2371'],
    ['advertise-client-urls', 'http://127.0.0.1:2371'],
    ['listen-peer-urls', 'http://127.0.0.1:2391'],
    ['initial-advertise-peer-urls', 'http://127.0.0.1:2391'],
    ['initial-cluster', 'm1=http://127.0.0.1:2390,m2=http://127.0.0.1:2391,m3=http://master3.example:2392'],
    ['initial-cluster-token', 'vearch'],
    ['initial-cluster-state', 'new'],
    ['max-request-bytes', '33554432'],
    ['quota-backend-bytes', '8589934592'],
    ['auto-compaction-mode', 'periodic'],
    ['auto-compaction-retention', '1h'],
    ['heartbeat-interval', '100'],
    ['election-timeout', '1000'],
    ['log-outputs', 'stderr'],
  ])('--%s is %s', (name, value) => {
    expect(flag(args, name)).toBe(value)
  })

  test('a member alone elects itself sooner', () => {
    const alone = etcdArguments({...m2, initialCluster: m2.initialCluster.slice(1, 2)}, {major: 3, minor: 5})
    expect([flag(alone, 'heartbeat-interval'), flag(alone, 'election-timeout')]).toEqual(['50', '500'])
  })

  test.each([
    [3, 4, true],
    [3, 5, false],
    [3, 7, false],
    [4, 0, false],
  ])('etcd %i.%i is told to vote before it stands: %s', (major, minor, told) => {
    expect(etcdArguments(m2, {major, minor}).includes('--pre-vote')).toBe(told)
  })

  test('an address of IPv6 is in brackets', () => {
    const args = etcdArguments({...m2, host: '::1', bindHost: '::1'}, {major: 3, minor: 4})
    expect(flag(args, 'listen-client-urls')).toBe('http://[::1]:2371')
  })

  test('an etcd before 3.4 is refused', () => {
    expect(() => etcdArguments(m2, {major: 3, minor: 3})).toThrow(/too old/)
  })
})

test.each([
  ['etcd Version: 3.4.23\nGit SHA: x\n', {major: 3, minor: 4}],
  ['etcd Version: 3.6.0-rc.1', {major: 3, minor: 6}],
  ['usage: something else', null],
  ['', null],
])('the version in %j is %j', (output, version) => {
  expect(parseEtcdVersion(output)).toEqual(version)
})

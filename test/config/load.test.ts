import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {embeddedConfig, embeddedToml} from '../../src/config/embedded.js'
import {loadConfig} from '../../src/config/load.js'
import {describeFinding, requireConfig} from '../../src/config/loaded.js'
import {property} from '../harness/property.js'
import {shippedToml} from './shipped-file.js'

const lines = (text: string) =>
  loadConfig(text, 'f.toml').findings.map((finding) => `${finding.severity} ${describeFinding(finding)}`)

/** A sound file, with lines put at the end of its tables. */
function file({global = '', masters = '', router = '', ps = '', rest = ''} = {}): string {
  return `[global]
name = "c"
data = ["/d"]
log = "/l"
signkey = "k"
${global}
[[masters]]
name = "m1"
address = "10.0.0.1"
${masters}
[router]
${router}
[ps]
${ps}
${rest}`
}

describe('a file that Vearch ships', () => {
  const loaded = loadConfig(shippedToml, 'config.toml')

  test('loads as it stands', () => {
    expect(loaded.config).toMatchObject({
      global: {name: 'vearch', level: 'DEBUG', signkey: 'vearch', skip_auth: true, resource_limit_rate: 0.9},
      etcd: null,
      masters: [
        {name: 'master1', address: 'ip1', api_port: 8817, etcd_peer_port: 2390, etcd_client_port: 2370},
        {name: 'master2', address: 'ip2', api_port: 8817, etcd_peer_port: 2390, etcd_client_port: 2370},
        {name: 'master3', address: 'ip3', api_port: 8817, etcd_peer_port: 2390, etcd_client_port: 2370},
      ],
      router: {port: 9001, rpc_timeout: 10_000, concurrent_num: 2000},
      ps: {rpc_port: 8081, heartbeat_interval: 200, raft_retain_logs: 10_000, raft_snap_concurrency: 1},
    })
  })

  test('draws notes and no warning', () => {
    expect(loaded.findings.map(({severity, key, line}) => `${severity} ${line} ${key}`)).toEqual([
      'note 13 masters[0].etcd_port',
      'note 16 masters[0].skip_auth',
      'note 21 masters[1].etcd_port',
      'note 24 masters[1].skip_auth',
      'note 29 masters[2].etcd_port',
      'note 32 masters[2].skip_auth',
      'note 37 router.skip_auth',
    ])
  })

  test('says where each value comes from', () => {
    const origin = (key: string) => loaded.values.find((value) => value.key === key)?.origin
    expect(origin('ps.heartbeat_interval')).toEqual({from: 'file', line: 44})
    expect(origin('masters[1].address')).toEqual({from: 'file', line: 19})
    expect(origin('ps.concurrent_num')).toMatchObject({from: 'default'})
  })
})

describe('the embedded default', () => {
  test('is a sound file of its own', () => {
    const {config, findings} = embeddedConfig('/somewhere "else"')
    expect(findings).toEqual([])
    expect(config).toMatchObject({
      global: {name: 'vearch', data: ['/somewhere "else"/data'], log: '/somewhere "else"/logs', skip_auth: true},
      masters: [{address: '127.0.0.1', api_port: 8817, etcd_client_port: 2370, etcd_peer_port: 2390}],
      router: {port: 9001},
      ps: {rpc_port: 8081, raft_heartbeat_port: 8898, raft_replicate_port: 8899},
    })
    expect(loadConfig(embeddedToml('x'), 'x').findings).toEqual([])
  })
})

describe('faults', () => {
  test('of one file come together, by line', () => {
    const text = `[global]
name = "a b"
data = []
level = "loud"
[[masters]]
api_port = 0
[[masters]]
address = "http://10.0.0.1"
[router]
port = "9001"
[ps]
rpc_port = 70000
`
    expect(lines(text).map((line) => line.split(';')[0])).toEqual([
      'error line 1: global.signkey is missing or empty, and is root’s password',
      'error line 2: global.name must be a name without spaces, control characters or slashes inside, not "a b"',
      'error line 3: global.data must be a list of strings, at least one and none of them empty, not a list',
      'error line 4: global.level must be one of TRACE, DEBUG, INFO, WARN, ERROR, PANIC, FATAL, not "loud"',
      'error line 5: masters[0].address is missing',
      'error line 6: masters[0].api_port must be a port from 1 to 65535, not 0',
      'error line 8: masters[1].address must be an IP address or a host name, without http://, not "http://10.0.0.1"',
      'error line 10: router.port must be a port from 1 to 65535, not "9001"',
      'error line 12: ps.rpc_port must be a port from 1 to 65535, not 70000',
    ])
  })

  test('end in one error that names them all', () => {
    const loaded = loadConfig('[global]\nname = "c"\n', 'f.toml')
    expect(() => requireConfig(loaded)).toThrow(
      /f\.toml has 3 faults:\n {2}masters is missing.*\n {2}line 1: global\.data/s,
    )
  })

  test.each([
    ['no table at all', '', 'error global.name is missing; the cluster'],
    ['no masters', '[global]\nname="c"\ndata=["/d"]\nskip_auth=true', 'error masters is missing'],
    ['one bracket', '[masters]\nname="m"', 'error line 1: masters must be a list of tables; write [[masters]]'],
    ['a table that is a value', 'ps = 3', 'error line 1: ps must be a table; write [ps] on a line of its own'],
    ['not TOML', '[global]\nname = ', 'error line 2: not TOML:'],
    ['the same key twice', '[global]\nname = "a"\nname = "b"', "error line 3: not TOML: Can't redefine existing key"],
    [
      'a float for an integer',
      file({ps: 'concurrent_num = 1.5'}),
      'error line 14: ps.concurrent_num must be an integer',
    ],
    [
      'a huge integer',
      file({ps: 'raft_retain_logs = 9223372036854775807'}),
      'error line 14: ps.raft_retain_logs must be an integer',
    ],
    ['a date', file({ps: 'rpc_port = 2024-01-01'}), 'error line 14: ps.rpc_port must be a port'],
    [
      'infinity',
      file({global: 'resource_limit_rate = inf'}),
      'error line 6: global.resource_limit_rate must be a number',
    ],
    [
      'too high a rate',
      file({global: 'resource_limit_rate = 1.5'}),
      'error line 6: global.resource_limit_rate must be a number',
    ],
    [
      'an empty data directory',
      file().replace('["/d"]', '["/d", ""]'),
      'error line 3: global.data must be a list of strings',
    ],
    [
      'a strategy out of range',
      file({ps: 'replica_anti_affinity_strategy = 4'}),
      'error line 14: ps.replica_anti_affinity_strategy must be one of 0, 1, 2, 3',
    ],
    [
      'two masters of one name',
      file({masters: '[[masters]]\nname = "m1"\naddress = "10.0.0.2"'}),
      'error line 11: masters[1].name is "m1", as is masters[0].name',
    ],
    [
      'no name for the etcd',
      file({global: 'self_manage_etcd = true'}),
      'error etcd.address is missing, though self_manage_etcd = true',
    ],
    [
      'no user for the etcd',
      file({global: 'support_etcd_auth = true', rest: '[etcd]\naddress = ["a"]'}),
      'error line 15: etcd.user_name is missing, though support_etcd_auth = true',
    ],
    [
      'a key twice in different case',
      file({ps: 'RPC_port = 1000\nrpc_port = 1001'}),
      'error line 14: ps.rpc_port is there twice, in different case',
    ],
    [
      'a table twice in different case',
      file({rest: '[PS]\nrpc_port = 1'}),
      'error line 13: PS is there twice, in different case',
    ],
  ])('%s', (_, text, expected) => {
    expect(lines(text).join('\n')).toContain(expected)
    expect(loadConfig(text, 'f').config).toBeNull()
  })

  test('a secret is not repeated', () => {
    expect(lines(file().replace('"k"', '["hunter2"]')).join()).not.toContain('hunter2')
  })
})

describe('ports', () => {
  test.each([
    [
      'of one role',
      {ps: 'rpc_port = 8000\nraft_heartbeat_port = 8000'},
      ['error line 15: ps.raft_heartbeat_port is 8000, as is ps.rpc_port (line 14); give each its own port'],
    ],
    [
      'of one role, one of them by default',
      {ps: 'rpc_port = 8898'},
      ['error line 14: ps.rpc_port is 8898, as is ps.raft_heartbeat_port (by default); give each its own port'],
    ],
    [
      'of two roles',
      {router: 'port = 7000', ps: 'rpc_port = 7000'},
      ['error line 14: ps.rpc_port is 7000, as is router.port (line 12); give each its own port'],
    ],
    [
      'of a master and a default',
      {masters: 'api_port = 9001'},
      ['error line 10: masters[0].api_port is 9001, as is router.port (by default); give each its own port'],
    ],
    [
      'of two masters at one address',
      {masters: '[[masters]]\nname="m2"\naddress="10.0.0.1"\netcd_peer_port = 2\netcd_client_port = 3'},
      ['error masters[1].api_port is 8817, as is masters[0].api_port (by default); give each its own port'],
    ],
    [
      'metrics beside a role',
      {router: 'monitor_port = 7000', ps: 'monitor_port = 7000'},
      ['warning line 14: ps.monitor_port is 7000, as is router.monitor_port (line 12); they cannot run on one machine'],
    ],
    ['of two masters at two addresses', {masters: '[[masters]]\nname="m2"\naddress="10.0.0.2"'}, []],
    ['listeners that are off', {router: 'pprof_port = 0\nrpc_port = 0'}, []],
    ['somebody else’s etcd', {rest: '[etcd]\naddress=["a"]\netcd_client_port = 2370'}, []],
  ])('%s', (_, parts, expected) => {
    expect(
      lines(file(parts)).map((line) =>
        line.replace('line 8: masters[1]', 'masters[1]').replace(/line \d+: masters\[1\]/, 'masters[1]'),
      ),
    ).toEqual(expected)
  })

  test('several masters on one host, each with its own', () => {
    const second = '[[masters]]\nname="m2"\naddress="10.0.0.1"\napi_port=1\netcd_peer_port=2\netcd_client_port=3'
    expect(loadConfig(file({masters: second}), 'f').config?.masters).toHaveLength(2)
  })
})

describe('old and wrong spellings', () => {
  test.each([
    ['keys and tables in any case', '[GLOBAL]\nName="c"\ndata=["/d"]\nSIGNKEY="k"\n[[Masters]]\naddress="a"', []],
    [
      'a mistyped key',
      file({ps: 'raft_retain_log = 5'}),
      ['warning line 14: ps.raft_retain_log is not a known key and has no effect; did you mean raft_retain_logs?'],
    ],
    [
      'a mistyped table',
      file({rest: '[rooter]\nport = 1'}),
      ['warning line 15: rooter is not a known key and has no effect; did you mean router?'],
    ],
    [
      'a key in the wrong table',
      file({router: 'raft_snap_concurrency = 5'}),
      [
        'warning line 12: router.raft_snap_concurrency is not a known key and has no effect; raft_snap_concurrency belongs in [ps]',
      ],
    ],
    [
      'a key that nobody knows',
      file({ps: 'blorp = 5'}),
      ['warning line 14: ps.blorp is not a known key and has no effect; remove it'],
    ],
    [
      'merge_router',
      file({router: 'merge_router = true'}),
      ['note line 12: router.merge_router has no effect; no release of Vearch has read it'],
    ],
    [
      'both spellings',
      file({ps: 'heartbeat-interval = 100\nheartbeat_interval = 300'}),
      ['warning line 14: ps.heartbeat-interval has no effect beside heartbeat_interval; remove the old spelling'],
    ],
    [
      'skip_auth that would matter',
      file({router: 'skip_auth = true'}),
      [
        'warning line 12: router.skip_auth has no effect: skip_auth counts in [global] only; set it in [global] if you mean it',
      ],
    ],
  ])('%s', (_, text, expected) => {
    expect(lines(text)).toEqual(expected)
    expect(loadConfig(text, 'f').config).not.toBeNull()
  })

  test('the old spelling counts, the proper one more', () => {
    const interval = (ps: string) => loadConfig(file({ps}), 'f').config?.ps.heartbeat_interval
    expect(interval('heartbeat-interval = 100')).toBe(100)
    expect(interval('heartbeat-interval = 100\nheartbeat_interval = 300')).toBe(300)
    expect(interval('heartbeat_interval = 0')).toBe(500)
  })

  test('a signkey counts where [global] has none', () => {
    const text = file({router: 'signkey = "elsewhere"'})
    expect(loadConfig(text, 'f').config?.global.signkey).toBe('k')
    const misplaced = loadConfig(text.replace('signkey = "k"\n', ''), 'f')
    expect(misplaced.config?.global.signkey).toBe('elsewhere')
    expect(misplaced.values.find(({key}) => key === 'global.signkey')?.origin).toMatchObject({from: 'derived'})
  })

  test('a byte order mark, CRLF and comments of any language are no matter', () => {
    const text = `\uFEFF${file({ps: 'rpc_port = 9 # 端口'}).replaceAll('\n', '\r\n')}`
    const {config, values, findings} = loadConfig(text, 'f')
    expect([config?.ps.rpc_port, findings]).toEqual([9, []])
    expect(values.find(({key}) => key === 'ps.rpc_port')?.origin).toEqual({from: 'file', line: 14})
  })
})

describe('whatever is written, the loader answers', () => {
  const key = fc.constantFrom(
    'global',
    'masters',
    'ps',
    'router',
    'etcd',
    'tracer',
    'name',
    'data',
    'rpc_port',
    'skip_auth',
    'signkey',
    'port',
    '__proto__',
    'constructor',
    'toString',
    'heartbeat-interval',
    '"q.\\"x"',
  )
  const value = fc.oneof(
    fc.constantFrom(
      '1',
      '-1',
      '1.5',
      'nan',
      '"x"',
      "'''a\nb'''",
      '"""\n[ps]\n"""',
      'true',
      '[]',
      '[[1],[2]]',
      '[{a=1},{b={c=2}}]',
      '{name="x", data=["y"]}',
      '2024-01-01',
      '99999999999999999999',
    ),
    fc.string({maxLength: 20}),
  )
  const line = fc.oneof(
    key.map((name) => `[${name}]`),
    key.map((name) => `[[${name}]]`),
    fc.tuple(key, key, value).map(([a, b, v]) => `${a}.${b} = ${v} # [x]`),
    fc.tuple(key, value).map(([name, v]) => `${name} = ${v}`),
    fc.string({maxLength: 30}),
  )

  property('with a configuration or with a fault', [fc.array(line, {maxLength: 12})], (all) => {
    const {config, findings} = loadConfig(all.join('\n'), 'f')
    expect(config === null).toBe(findings.some(({severity}) => severity === 'error'))
    for (const finding of findings) expect(finding.line ?? 1).toBeLessThanOrEqual(all.join('\n').split('\n').length)
  })

  test.each(['constructor', '__proto__', 'toString'])('with a key that every object has: %s', (name) => {
    const {findings} = loadConfig(`${name} = 1\nps.${name} = 1`, 'f')
    const unknown = findings.filter(({text}) => text === 'is not a known key and has no effect')
    expect(unknown.map(({key}) => key)).toEqual([name, `ps.${name}`])
  })

  property(
    'with any of the words of a sound file spoilt',
    [fc.nat(shippedToml.length), fc.nat(20), fc.string({maxLength: 5})],
    (at, length, put) => {
      const {config, findings} = loadConfig(shippedToml.slice(0, at) + put + shippedToml.slice(at + length), 'f')
      expect(config === null).toBe(findings.some(({severity}) => severity === 'error'))
    },
  )
})

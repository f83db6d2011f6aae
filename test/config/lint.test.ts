import {expect, test} from 'vitest'
import {embeddedConfig} from '../../src/config/embedded.js'
import {lintConfig} from '../../src/config/lint.js'
import {loadConfig} from '../../src/config/load.js'

const sound = {
  global: 'name = "c"\ndata = ["/d"]\nlog = "/l"\nsignkey = "long and secret"',
  masters: ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
  router: '',
  ps: '',
}

function keys(parts: Partial<typeof sound>): string[] {
  const {global, masters, router, ps} = {...sound, ...parts}
  const entries = masters.map((address) => `[[masters]]\naddress = "${address}"`).join('\n')
  const loaded = loadConfig(`[global]\n${global}\n${entries}\n[router]\n${router}\n[ps]\n${ps}\n`, 'f')
  expect(loaded.config).not.toBeNull()
  return lintConfig(loaded).map(({severity, line, key}) => `${severity} ${line} ${key}`)
}

test.each<[string, Partial<typeof sound>, string[]]>([
  ['a sound file', {}, []],
  ['open to everyone', {global: `${sound.global}\nskip_auth = true`}, ['warning 6 global.skip_auth']],
  [
    'a password from the documents',
    {global: sound.global.replace('long and secret', 'secret')},
    ['warning 5 global.signkey'],
  ],
  ['a relative directory', {global: sound.global.replace('/d', './d')}, ['warning 3 global.data']],
  ['a temporary directory', {global: sound.global.replace('/d', '/tmp/d')}, ['warning 3 global.data']],
  ['one master', {masters: ['10.0.0.1']}, ['note null masters']],
  ['two masters', {masters: ['10.0.0.1', '10.0.0.2']}, ['warning null masters']],
  ['a loopback among others', {masters: ['127.0.0.1', '10.0.0.2', '10.0.0.3']}, ['warning null masters']],
  ['milliseconds for seconds', {ps: 'rpc_timeout = 10000'}, ['warning 15 ps.rpc_timeout']],
  ['seconds for milliseconds', {router: 'rpc_timeout = 10'}, ['warning 13 router.rpc_timeout']],
  ['a lease shorter than an election', {ps: 'heartbeat_interval = 1000'}, ['warning null ps.ps_heartbeat_timeout']],
  ['no room left', {global: `${sound.global}\nresource_limit_rate = 0.99`}, ['warning 6 global.resource_limit_rate']],
  [
    'certificates at a relative path',
    {ps: '[tls]\ncert_file = "/c"\nkey_file = "k"\nca_file = "/a"'},
    ['warning 17 tls.key_file'],
  ],
  [
    'a certificate for whatever address',
    {ps: '[tls]\ncert_file = "/c"\nkey_file = "/k"\nca_file = "/a"\nverify_host = false'},
    ['note 19 tls.verify_host'],
  ],
  ['a talkative log', {global: `${sound.global}\nlevel = "debug"`}, ['note 6 global.level']],
])('%s', (_, parts, expected) => {
  expect(keys(parts)).toEqual(expected)
})

test('the embedded default is alone and relative by intention, and open on loopback only', () => {
  expect(lintConfig(embeddedConfig()).map(({key}) => key)).toEqual(['global.data', 'global.log', 'masters'])
})

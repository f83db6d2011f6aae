/** One value written into a text that a person has laid out. */
import {describe, expect, test} from 'vitest'
import {loadConfig} from '../../src/config/load.js'
import {requireConfig} from '../../src/config/loaded.js'
import {setValue} from '../../src/config/set-value.js'
import {configTemplate} from '../../src/config/template.js'
import {CodedError} from '../../src/errors/coded-error.js'

const file = `# our cluster
[global]
name = "vearch" # as in etcd
data = [
  "/a", # fast
  "/b",
]
signkey = 'secret'
skip_auth = false

[[masters]]
name = "m1"
address = "10.0.0.1"
[[masters]]
name = "m2"
address = "10.0.0.2"   # the second

[ps]
RPC_Port = 8081 # do not move
`

const changed = (key: string, value: string) => setValue(file, key, value, 'config.toml').text

describe('a value', () => {
  test.each([
    ['global.name', 'prod', 'name = "vearch" #', 'name = "prod" #'],
    ['global.skip_auth', 'true', 'skip_auth = false', 'skip_auth = true'],
    ['ps.rpc_port', '8085', 'RPC_Port = 8081 #', 'RPC_Port = 8085 #'],
    ['masters[1].address', '10.0.0.9', '"10.0.0.2"   #', '"10.0.0.9"   #'],
    ['global.data', '["/c"]', '[\n  "/a", # fast\n  "/b",\n]', '["/c"]'],
    ['global.signkey', '"1234"', "'secret'", '"1234"'],
    ['global.signkey', '1234', "'secret'", '"1234"'],
    ['global.level', 'warn', '[global]\n', '[global]\nlevel = "warn"\n'],
    ['masters[0].api_port', '8900', '[[masters]]\nname = "m1"', '[[masters]]\napi_port = 8900\nname = "m1"'],
  ])('of %s becomes %s, and nothing else changes', (key, value, before, after) => {
    expect(changed(key, value)).toBe(file.replace(before, after))
  })

  test('in a section that is not there yet', () => {
    const text = changed('router.port', '9001')
    expect(text).toBe(`${file}\n[router]\nport = 9001\n`)
    expect(requireConfig(loadConfig(text, 'config.toml')).router.port).toBe(9001)
  })

  test.each([
    ['ps.rpc_port', 'many', 'CONFIG_ERROR'],
    ['ps.rpc_port', '70000', 'CONFIG_ERROR'],
    ['ps.rpc_port', '1\nname = 2', 'CONFIG_ERROR'],
    ['ps.rpc_port', '1 # one', 'CONFIG_ERROR'],
    ['ps.rpc_prt', '1', 'USAGE'],
    ['masters.address', 'a', 'USAGE'],
    ['masters[7].address', 'a', 'USAGE'],
    ['nothing', '1', 'USAGE'],
  ])('of %s refuses %j', (key, value, code) => {
    try {
      changed(key, value)
      expect.unreachable()
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(CodedError)
      expect((thrown as CodedError).errorName).toBe(code)
    }
  })

  test('mends a file that has other faults', () => {
    const broken = file.replace('8081', '"many"').replace('skip_auth = false', 'skip_auth = 7')
    const {text} = setValue(broken, 'ps.rpc_port', '8081', 'config.toml')
    expect(loadConfig(text, 'config.toml').findings.filter(({severity}) => severity === 'error')).toHaveLength(1)
  })
})

test('a text that is no TOML is refused with what is wrong with it', () => {
  expect(() => setValue('[global', 'ps.rpc_port', '1', 'config.toml')).toThrow('not TOML')
})

describe('a template', () => {
  test.each(['master', 'router', 'ps', null] as const)('for %s is a configuration once it is filled in', (role) => {
    const text = configTemplate(role)
    const filled = text
      .replace(/^name = "".*$/m, 'name = "vearch"')
      .replace(/^data = \[\].*$/m, 'data = ["/data"]')
      .replace(/^# signkey = .*$/m, 'signkey = "x"')
      .replace(/^name = "".*$/m, 'name = "m1"')
      .replace(/^address = "".*$/m, 'address = "10.0.0.1"')
    const {findings} = loadConfig(filled, 'config.toml')
    expect(findings.filter(({severity}) => severity === 'error')).toEqual([])
  })
})

/** What a line means without the command line library is what it means with it. */
import fc from 'fast-check'
import {describe, expect, test, vi} from 'vitest'
import IdsNext from '../../../commands/ids/next.js'
import MetaPut from '../../../commands/meta/put.js'
import NodePing from '../../../commands/node/ping.js'
import NodeRestart from '../../../commands/node/restart.js'
import PartitionsList from '../../../commands/partitions/list.js'
import TransferLeader from '../../../commands/partitions/transfer-leader.js'
import RoleCreate from '../../../commands/role/create.js'
import {globalFlags} from '../../../src/cli/global-flags.js'
import {string as arg} from '../../../src/cli/parameters/args.js'
import {boolean, string} from '../../../src/cli/parameters/flags.js'
import {type Parameters, type Parsed, parse, parseWithLibrary} from '../../../src/cli/parameters/parse.js'
import {usualLine} from '../../../src/cli/parameters/usual-line.js'
import {property} from '../../harness/property.js'

const commands = {IdsNext, MetaPut, NodePing, NodeRestart, PartitionsList, TransferLeader, RoleCreate}

function parametersOf({args, flags, strict}: Parameters): Parameters {
  return {args, flags: {...globalFlags, ...flags}, strict}
}

/** The library puts words in the order of what they look like elsewhere on the line, so only which there are is compared. */
function plain({words, ...rest}: Parsed) {
  return {...rest, words: words.map(String).toSorted()}
}

function usual(line: string, parameters: Parameters, environment = {}): Promise<Parsed | null> {
  return usualLine(line.split(' '), parameters, environment)
}

const environments: readonly Readonly<Record<string, string>>[] = [
  {},
  {VEARCH_ETCD: 'a:1,b:2', VEARCHCTL_READONLY: '1', VEARCHCTL_OUTPUT: 'json'},
  {VEARCHCTL_READONLY: 'no', VEARCHCTL_OUTPUT: ''},
  {VEARCHCTL_LANG: 'fr'},
]

/** Pieces of lines, most of them sound. */
function pieces({flags}: Parameters): fc.Arbitrary<readonly string[]> {
  const value = fc.constantFrom(
    '3',
    'a',
    'json',
    '-',
    '',
    '-3',
    '--json',
    'auto',
    'leader',
    '1s',
    'a,b',
    '007',
    'R=None',
  )
  const flag = fc.constantFrom(...Object.entries(flags)).chain(([name, {char, type}]) => {
    const long = fc.constantFrom([`--${name}`], [`--no-${name}`])
    if (type === 'boolean') return fc.oneof({weight: 4, arbitrary: fc.constant([`--${name}`])}, long)
    const short = char === undefined ? `--${name}` : `-${char}`
    return value.chain((text) =>
      fc.constantFrom([`--${name}`, text], [`--${name}=${text}`], [short, text], [`${short}${text}`]),
    )
  })
  const odd = fc.constantFrom('--', '-', '-x', '-qv', '-o=csv', '--nothing', '--constructor', '--yes=1')
  return fc.oneof(
    {weight: 6, arbitrary: flag},
    {weight: 4, arbitrary: value.map((text) => [text])},
    {weight: 1, arbitrary: odd.map((text) => [text])},
  )
}

describe.each(Object.entries(commands))('%s', (_, command) => {
  const parameters = parametersOf(command)
  const lines = fc.array(pieces(parameters), {maxLength: 6}).map((all) => all.flat())
  // the library takes most of a millisecond for a line
  property(
    'reads any line as the library does, or leaves it to it',
    [lines, fc.constantFrom(...environments)],
    async (argv, environment) => {
      const found = await usualLine(argv, parameters, environment)
      if (found === null) return
      for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
      const expected = await parseWithLibrary(argv, parameters).finally(() => vi.unstubAllEnvs())
      expect(plain(found)).toEqual(plain(expected))
    },
    {oneIn: 10},
  )
})

const list = parametersOf(PartitionsList)
const ping = parametersOf(NodePing)
const put = parametersOf(MetaPut)
const restart = parametersOf(NodeRestart)
const made: Parameters = {
  flags: {all: boolean({exclusive: ['some']}), some: string({multiple: true}), only: string({default: 'x'})},
  args: {first: arg({required: true, options: ['a', 'b']}), second: arg({default: 'z'})},
  strict: true,
}

describe('is read without the library:', () => {
  test.each<[string, Parameters, Partial<Parsed>]>([
    ['--node 3 -ojson', list, {flags: {node: 3, output: {format: 'json', path: ''}, color: 'auto'}}],
    ['--node=3 --role leader', list, {flags: {node: 3, role: 'leader', color: 'auto'}}],
    ['-q --etcd a:1,b:2', list, {flags: {quiet: true, etcd: ['a:1', 'b:2'], color: 'auto'}, words: []}],
    ['3 1 2', ping, {args: {id: 3}, words: [3, '1', '2']}],
    [
      'a.toml --wait-healthy',
      restart,
      {flags: {'wait-healthy': true, rolling: true, 'max-unavailable': 1, color: 'auto', 'leaders-last': true}},
    ],
    ['k --if-absent', put, {args: {key: 'k', value: '-'}, typed: new Set(['if-absent'])}],
    ['k -- --v', put, {args: {key: 'k', value: '--v'}}],
    ['a --some p --some q', made, {flags: {some: ['p', 'q'], only: 'x'}, args: {first: 'a', second: 'z'}}],
  ])('%s', async (line, parameters, expected) => {
    expect(await usual(line, parameters)).toMatchObject(expected)
  })

  test('with what the environment says', async () => {
    expect(
      await usual('a', {...made, flags: {x: string({env: 'X'}), y: boolean({env: 'Y'})}}, {X: '1', Y: 'YES'}),
    ).toMatchObject({
      flags: {x: '1', y: true},
      typed: new Set(),
    })
  })
})

describe('is left to the library:', () => {
  test.each<[string, Parameters]>([
    ['--nod 3', list],
    ['--node', list],
    ['--node x', list],
    ['--node 3 --node 4', list],
    ['--role leader', list],
    ['--state nothing', list],
    ['three', list],
    ['-qv', list],
    ['c', made],
    ['a --all --some p', made],
    // a flag that may be repeated takes all words behind it
    ['--some p a', made],
    ['a.toml --no-wait-healthy', restart],
  ])('%s', async (line, parameters) => {
    expect(await usual(line, parameters)).toBeNull()
  })
})

test('which knows what is turned off', async () => {
  expect(await parse(['a.toml', '--no-wait-healthy'], restart)).toMatchObject({
    flags: {'wait-healthy': false, 'leaders-last': true},
    typed: new Set(['wait-healthy']),
  })
})

test('which has the words for what is wrong', async () => {
  await expect(parse(['--nod', '3'], list)).rejects.toThrow('Nonexistent flag: --nod')
  await expect(parse(['--node', 'x'], list)).rejects.toMatchObject({
    detail: '--node: expected an integer but received: x',
  })
  await expect(parse(['0'], ping)).rejects.toMatchObject({
    detail: 'ID: expected an integer greater than or equal to 1 but received: 0',
  })
})

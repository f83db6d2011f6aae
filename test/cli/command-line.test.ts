import {expect, test} from 'vitest'
import {hoistGlobals, type Meaning, understand} from '../../src/cli/command-line.js'

const suggestions = [
  'config:show',
  'ids:next',
  'meta:show',
  'node:register',
  'node:start',
  'partitions:list',
  'help:exit-codes',
]
const known = {commands: new Set([...suggestions, 'config:validate']), suggestions}

const command = (id: string, ...argv: string[]): Meaning => ({type: 'command', id, argv})
const help = (id: string | null = null): Meaning => ({type: 'help', id})
const unknown = (words: string, nearest: string | null): Meaning => ({type: 'unknown', words, nearest})

test.each<[string, Meaning]>([
  ['', help()],
  ['--help', help()],
  ['help', help()],
  ['partitions list --node 3', command('partitions:list', '--node', '3')],
  ['partition list', command('partitions:list')],
  ['nodes start ps', command('node:start', 'ps')],
  ['id next', command('ids:next')],
  ['partitions list -w', command('partitions:list', '--watch=2s')],
  ['-w partitions list', command('partitions:list', '--watch=2s')],
  ['node start ps master --conf f', command('node:start', 'ps', 'master', '--conf', 'f')],
  ['--json partitions list', command('partitions:list', '--json')],
  ['--etcd h:1 -q partitions list --node 3', command('partitions:list', '--node', '3', '--etcd', 'h:1', '-q')],
  ['--etcd=h:1 -o json meta show servers', command('meta:show', 'servers', '--etcd=h:1', '-o', 'json')],
  ['--json ids next -- node', command('ids:next', '--json', '--', 'node')],
  ['partitions', help('partitions')],
  ['partitions --help', help('partitions')],
  ['partitions list --help', help('partitions:list')],
  ['partitions list -h --node', help('partitions:list')],
  ['-h partitions list', help('partitions:list')],
  ['help partitions list', help('partitions:list')],
  ['help exit-codes', command('help:exit-codes')],
  ['partitons lst', unknown('partitons lst', 'partitions list')],
  ['partitions lst --node 3', unknown('partitions lst', 'partitions list')],
  ['meta shwo servers', unknown('meta shwo servers', 'meta show')],
  ['frobnicate', unknown('frobnicate', null)],
  ['constructor', unknown('constructor', null)],
])('%s', (line, meaning) => {
  expect(understand(line === '' ? [] : line.split(' '), known)).toEqual(meaning)
})

test('what stands behind the command stays where it is', () => {
  expect(hoistGlobals(['ids', 'next', '--json'])).toEqual(['ids', 'next', '--json'])
  expect(hoistGlobals(['--timeout'])).toEqual(['--timeout'])
})

import {expect, test} from 'vitest'
import {carriedFlags, withCarried} from '../../src/cli/carried-flags.js'

const globals = {
  etcd: ['a:1', 'b:2'],
  cluster: 'c',
  timeout: 500,
  output: {format: 'jsonpath', path: '[0].id'},
  force: ['quorum', 'leader'],
  'read-only': true,
  user: 'from the environment',
}
const carried = carriedFlags(globals, new Set(['etcd', 'cluster', 'timeout', 'output', 'force', 'read-only', 'own']))
const target = ['--etcd=a:1,b:2', '--cluster=c', '--timeout=500ms']
const rest = ['--output=jsonpath=[0].id', '--force=quorum', '--force=leader', '--read-only']

test.each<[string, string[]]>([
  ['node list', [...target, ...rest]],
  ['node list --cluster d', ['--etcd=a:1,b:2', '--timeout=500ms', ...rest]],
  ['node list --timeout=1s', ['--etcd=a:1,b:2', '--cluster=c', ...rest]],
  ['node list -o json', [...target, '--force=quorum', '--force=leader', '--read-only']],
  ['node list --context prod', rest],
  ['node list --snapshot=f', rest],
])('%s', (line, added) => expect(withCarried(line.split(' '), carried)).toEqual([...added, ...line.split(' ')]))

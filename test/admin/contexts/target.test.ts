import {expect, test} from 'vitest'
import {chooseTarget, type TargetSources} from '../../../src/admin/contexts/target.js'

const contexts = new Map([
  ['prod', {etcd: ['p:1'], cluster: 'vearch', masters: ['pm:1'], isProtected: true}],
  ['archive', {etcd: ['a:1'], isReadOnly: true}],
])
const nobody: TargetSources = {named: null, flags: {}, environment: {}, inUse: null, contexts}

test.each<[string, Partial<TargetSources>, object]>([
  ['nothing is said', {}, {context: null, etcd: null, cluster: null, readOnlyBecause: null}],
  ['a context is in use', {inUse: 'prod'}, {context: 'prod', etcd: ['p:1'], cluster: 'vearch', isProtected: true}],
  [
    'a flag changes a field of the context in use',
    {inUse: 'prod', flags: {cluster: 'x'}},
    {context: 'prod', etcd: ['p:1'], cluster: 'x'},
  ],
  [
    'a flag names another cluster',
    {inUse: 'prod', flags: {etcd: ['f:1']}},
    {context: null, etcd: ['f:1'], cluster: null, masters: null, isProtected: false},
  ],
  [
    'so does the environment',
    {inUse: 'prod', environment: {etcd: ['e:1']}},
    {context: null, etcd: ['e:1'], cluster: null},
  ],
  [
    'a snapshot is not of the context in use',
    {inUse: 'prod', flags: {snapshot: 's.db'}},
    {context: null, snapshot: 's.db', etcd: null},
  ],
  [
    'a context named on the command line is taken instead of the environment',
    {named: 'prod', environment: {etcd: ['e:1'], cluster: 'e', masters: ['em:1']}},
    {context: 'prod', etcd: ['p:1'], cluster: 'vearch', masters: ['pm:1']},
  ],
  [
    'flags win over it all the same',
    {named: 'prod', flags: {masters: ['f:1']}},
    {context: 'prod', etcd: ['p:1'], masters: ['f:1']},
  ],
  [
    'flags win over the environment',
    {flags: {etcd: ['f:1']}, environment: {etcd: ['e:1'], cluster: 'e'}},
    {etcd: ['f:1'], cluster: 'e'},
  ],
  ['a context is read-only', {named: 'archive'}, {readOnlyBecause: 'context archive'}],
  ['the command line is read-only', {named: 'prod', flags: {isReadOnly: true}}, {readOnlyBecause: '--read-only'}],
  [
    'the environment is read-only, whatever the context',
    {named: 'prod', environment: {isReadOnly: true}},
    {readOnlyBecause: '--read-only'},
  ],
])('%s', (_, sources, expected) => {
  expect(chooseTarget({...nobody, ...sources})).toMatchObject(expected)
})

test('a context that is not there gets the nearest', () => {
  expect(() => chooseTarget({...nobody, named: 'prd'})).toThrow(
    expect.objectContaining({errorName: 'NOT_FOUND', hint: 'did you mean prod?'}),
  )
})

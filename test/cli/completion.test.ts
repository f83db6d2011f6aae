import {readFile} from 'node:fs/promises'
import {beforeAll, describe, expect, test} from 'vitest'
import {type Candidate, completeWords, type ValuesOf} from '../../src/cli/completion/completer.js'
import {liveValues} from '../../src/cli/completion/live-values.js'
import type {ManifestCommand} from '../../src/cli/manifest.js'
import {completeLine} from '../../src/cli/repl/complete-line.js'
import {resultOf} from '../../src/cli/repl/rows-view.js'
import {tabAction} from '../../src/cli/repl/tab.js'
import {Variables} from '../../src/cli/repl/variables.js'
import {silentLog} from '../../src/env/log.js'
import {Keys} from '../../src/meta/keys.js'
import {LiveView} from '../../src/meta/live-view.js'
import {startEmbedded, type TestStore} from '../harness/embedded-store.js'

const flag = (name: string, rest: Partial<ManifestCommand['flags'][string]> = {}) => ({
  [name]: {name, type: 'option' as const, description: `the ${name}`, ...rest},
})
const json = {...flag('json', {type: 'boolean', helpGroup: 'OUTPUT'}), ...flag('context', {helpGroup: 'TARGET'})}
const commands: ManifestCommand[] = [
  {id: 'node:list', summary: 'List.', flags: {...json, ...flag('role', {options: ['ps', 'router']})}, args: {}},
  {id: 'node:show', summary: 'Show.', flags: json, args: {id: {name: 'id'}}},
  {id: 'node:start', flags: json, args: {role: {name: 'role', options: ['ps', 'all'], multiple: true}}},
  {
    id: 'partitions:move',
    flags: {...json, ...flag('from'), ...flag('to', {char: 't'}), ...flag('old', {hidden: true})},
    args: {id: {name: 'id'}},
  },
  {id: 'secret', hidden: true, flags: {}, args: {}},
  {id: 'repl', summary: 'Type.', flags: json, args: {}},
]
const asked: ValuesOf = (kind, _typed, among) => [{value: [kind, ...among].join(' '), description: ''}]
const completable = {commands, topics: new Map([['node', 'Nodes.']]), values: asked}

test.each<[string, string[]]>([
  ['', ['node', 'partitions', 'repl']],
  ['n', ['node']],
  ['prt', ['partitions']],
  ['x', []],
  ['node ', ['list', 'show', 'start']],
  ['nodes s', ['show', 'start']],
  ['node list ', []],
  ['node list --', ['--context', '--json', '--role']],
  ['node list --json --', ['--context', '--role']],
  ['--json node l', ['list']],
  ['--context prod node l', ['list']],
  ['--context prod node list --role ', ['ps', 'router']],
  ['--', ['--context', '--json']],
  ['--context ', ['context']],
  ['node --context ', ['context node']],
  ['node list --role ', ['ps', 'router']],
  ['node list --role r', ['router']],
  ['node list --role=r', ['--role=router']],
  ['node list --json --role p', ['ps']],
  ['node show ', ['node']],
  ['node show 3 ', []],
  ['node start ps ', ['ps', 'all']],
  ['partition move ', ['partition']],
  ['partition move 7 --from ', ['replica 7']],
  ['partition move --from 1 7 -t ', ['node 7']],
  ['partition move --o', []],
])('%j', (line, values) => {
  const words = line.split(' ')
  const typed = words.pop() ?? ''
  expect(completeWords(words, typed, completable).map(({value}) => value)).toEqual(values)
})

describe('in the REPL', () => {
  const variables = new Variables()
  const rows = [
    {id: 1, state: 'ok'},
    {id: 2, state: 'lost'},
  ]
  beforeAll(() => {
    variables.set('bad', {result: resultOf(rows), options: {} as never})
    variables.remember({result: resultOf(rows), options: {} as never})
  })

  test.each<[string, string, string[]]>([
    ['node l', 'l', ['list']],
    ['vearchctl node l', 'l', ['list']],
    ['$x = node l', 'l', ['list']],
    ['for n in $_ : node sh', 'sh', ['show']],
    ['node list | wh', 'wh', ['where']],
    ['node list | where st', 'st', ['state']],
    ['node list | where id == 1 && !st', 'st', ['state']],
    ['node list | select id,st', 'st', ['state']],
    ['node show $', '$', ['$_', '$1', '$bad']],
    ['node show $b', '$b', ['$bad']],
    ['node show $bad.', '$bad.', ['$bad.id', '$bad.state']],
    ['node show $bad[0].s', '$bad[0].s', ['$bad[0].state']],
    ['node list | > fi', 'fi', ['file']],
  ])('%j', (line, typed, values) => {
    const found = completeLine(line, completable, variables)
    expect([found.typed, found.candidates.map(({value}) => value)]).toEqual([typed, values])
  })

  test.each<[string, Candidate[], object]>([
    ['x', [], {type: 'nothing'}],
    ['no', [{value: 'node', description: ''}], {type: 'edit', erase: 0, insert: 'de '}],
    ['nd', [{value: 'node', description: ''}], {type: 'edit', erase: 2, insert: 'node '}],
    [
      'p',
      ['partition/1', 'partition/2'].map((value) => ({value, description: ''})),
      {type: 'edit', erase: 0, insert: 'artition/'},
    ],
    [
      's',
      [
        {value: 'show', description: 'Show.'},
        {value: 'start', description: 'a description that is longer than the screen'},
      ],
      {type: 'list', lines: ['show   Show.', 'start  a description']},
    ],
  ])('Tab at %j', (typed, candidates, action) => {
    expect(tabAction({candidates, typed}, 20)).toEqual(action)
  })
})

describe('values of a cluster', () => {
  let metadata: TestStore
  let view: LiveView
  beforeAll(async () => {
    metadata = await startEmbedded()
    const records = {
      'server/1': {name: 1, ip: '10.0.0.1'},
      'fail/server/3': {id: 3, node: {name: 3}},
      'db/body/4': {id: 4, name: 'shop'},
      'space/4/1': {id: 1, name: 'images', db_id: 4, partitions: [{id: 7}], fields: []},
      'partition/7': {id: 7, space_id: 1, db_id: 4, replicas: [1, 3]},
      'partition/70': {id: 70, space_id: 1, db_id: 4, replicas: [1]},
      'alias/pics': {name: 'pics', db_name: 'shop', space_name: 'images'},
    }
    await metadata.store.transact({
      then: Object.entries(records).map(([key, value]) => ({
        type: 'put',
        key: `/c/${key}`,
        value: JSON.stringify(value),
      })),
    })
    view = new LiveView(metadata.store, new Keys('c'), silentLog)
    await view.start()
    return async () => {
      await view.stop()
      await metadata.stop()
    }
  })

  test.each<[Parameters<ValuesOf>, string[]]>([
    [
      ['node', '', []],
      ['1 10.0.0.1 up, 2 partitions', '3 failed, 1 partition'],
    ],
    [['replica', '', ['70']], ['1 10.0.0.1 up, 2 partitions']],
    [
      ['partition', '7', []],
      ['7 on 1, 3', '70 on 1'],
    ],
    [['partition', '8', []], []],
    [['space', 'sh', []], ['shop/images 1 partition']],
    [['space', 'img', []], ['shop/images 1 partition']],
    [['alias', '', []], ['pics shop/images']],
    [['key', 'space', []], ['space/4/1 ']],
    [['key', 'partition/70', []], ['partition/70 ']],
    [['file', '', []], []],
  ])('%j', (question, found) => {
    const values = [...liveValues(view, false)(...question)]
    expect(values.map(({value, description}) => `${value} ${description}`)).toEqual(found)
  })

  test('are marked as old while etcd does not answer', () => {
    expect([...liveValues(view, true)('db', '', [])]).toEqual([{value: 'shop', description: '~ id 4'}])
  })
})

test('every command of the manifest completes by the words of its name', async () => {
  const manifest = JSON.parse(await readFile(new URL('../../dist/manifest.json', import.meta.url), 'utf8')) as {
    commands: Record<string, ManifestCommand>
  }
  const all = {...completable, commands: Object.values(manifest.commands)}
  for (const {id} of all.commands) {
    const words = id.split(':')
    const typed = words.pop() ?? ''
    expect(completeWords(words, typed, all).map(({value}) => value)).toContain(typed)
  }
})

import {mkdtemp, readFile, rm, stat} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {plainOptions, resultText} from '../../../src/cli/present.js'
import type {Shown} from '../../../src/cli/repl/repl-host.js'
import {runStage} from '../../../src/cli/repl/stages.js'
import {Variables} from '../../../src/cli/repl/variables.js'
import {shown, type View} from '../../../src/cli/view.js'
import {english} from '../../../src/cli/words/en.js'

interface Row {
  readonly id: number
  readonly state: string
  readonly replicas: readonly number[]
}
const view: View<Row> = {
  columns: {id: {get: ({id}) => id}, state: {get: ({state}) => state}, copies: {get: ({replicas}) => replicas.length}},
  name: ({id}) => String(id),
}
const options: Shown['options'] = {...plainOptions(english), color: 'never'}
function given(rows: readonly Row[]): Shown {
  return {result: shown({rows, source: 'here', warnings: []}, view) as Shown['result'], options}
}
const before = given([
  {id: 2, state: 'ok', replicas: [1, 3]},
  {id: 7, state: 'lost', replicas: []},
])
const rows = given([
  {id: 3, state: 'ok', replicas: [3]},
  {id: 1, state: 'lost', replicas: []},
  {id: 2, state: 'ok', replicas: [1, 2]},
])

async function through(...stages: string[]): Promise<string> {
  const variables = new Variables()
  variables.set('before', before)
  let at: Shown | null = rows
  for (const stage of stages) at = at === null ? null : await runStage(stage, at, variables)
  return at === null
    ? ''
    : resultText(at.result, {...at.options, format: at.options.format === 'table' ? 'jsonl' : at.options.format})
}

test.each<[string[], string]>([
  [['where state == "ok" && 2 in replicas', 'id'], '2\n'],
  [['where copies > 0', 'sort id', 'id'], '2\n3\n'],
  [['sort copies desc', 'limit 1', 'id'], '2\n'],
  [['select id, copies', 'sort id'], '{"id":1,"copies":0}\n{"id":2,"copies":2}\n{"id":3,"copies":1}\n'],
  [['select replicas[0] id', 'limit 1'], '{"replicas[0]":3,"id":3}\n'],
  [['where id > 9', 'select id state', 'csv'], 'ID,STATE\n'],
  [['count'], '{"count":3}\n'],
  [['group by state', 'sort count desc'], '{"state":"ok","count":2}\n{"state":"lost","count":1}\n'],
  [['select id state', 'csv'], 'ID,STATE\n3,ok\n1,lost\n2,ok\n'],
  [
    ['diff $before', 'select name change before after', 'sort name', 'where change != "came"'],
    '{"name":"2","change":"replicas","before":[1,3],"after":[1,2]}\n{"name":"7","change":"went","before":{"id":7,"state":"lost","replicas":[]},"after":null}\n',
  ],
])('%s', async (stages, text) => expect(await through(...stages)).toBe(text))

test('a difference ends like every other command that finds one', async () => {
  const variables = new Variables()
  variables.set('before', before)
  expect(await runStage('diff $before', rows, variables)).toMatchObject({result: {exit: 'different'}})
  expect(await runStage('diff $before', before, variables)).toMatchObject({result: {exit: 'ok', rows: []}})
})

test.each<[string, string]>([
  ['wher id == 1', 'did you mean | where?'],
  ['jq .', '!jq'],
  ['sort nowhere', 'there are'],
  ['limit all', ''],
  ['>', ''],
])('%s is refused', async (stage, hint) => {
  const refused = expect.objectContaining({errorName: 'USAGE', ...(hint && {hint: expect.stringContaining(hint)})})
  await expect(through(stage)).rejects.toEqual(refused)
})

test('a file takes the format of its name and is its owner’s', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'stages-'))
  const path = join(directory, 'my rows.csv')
  expect(await through('select id', `> "${path}"`)).toBe('')
  expect(await readFile(path, 'utf8')).toBe('ID\n3\n1\n2\n')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  await rm(directory, {recursive: true})
})

test('results are named by their age, and parts of them by a path', () => {
  const variables = new Variables()
  expect(() => variables.get('_')).toThrow(expect.objectContaining({errorName: 'NOT_FOUND'}))
  variables.remember(before)
  variables.remember(rows)
  expect([variables.get('_'), variables.get('1'), variables.get('2')]).toEqual([rows, rows, before])
  expect(variables.expand('$_')).toEqual(['3', '1', '2'])
  expect(variables.expand('$_.state')).toEqual(['ok', 'lost', 'ok'])
  expect(variables.expand('$2.replicas')).toEqual(['1', '3'])
  expect(variables.expand('$_[2].replicas')).toEqual(['1', '2'])
  expect(variables.expand('$_.length')).toEqual(['3'])
  expect(() => variables.set('_', rows)).toThrow(expect.objectContaining({errorName: 'USAGE'}))
})

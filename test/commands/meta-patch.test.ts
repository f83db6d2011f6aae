/** The difference of two moments as a plan, on a real etcd: what it holds, what guards it, and that it can be applied. */
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, expect} from 'vitest'
import {startEtcd, type TestEtcd} from '../harness/etcd.js'
import {home, runCli, runJson} from '../harness/run-cli.js'
import {describe, test} from '../harness/with-etcd.js'

let etcd: TestEtcd
let first: number
let file: string
const target = () => ['--etcd', etcd.endpoint, '--cluster', 'vearch']
const put = (key: string, value: object) => etcd.ctl('put', '--', `/vearch/${key}`, JSON.stringify(value))
const stored = async (key: string) => (await etcd.ctl('get', '--print-value-only', `/vearch/${key}`)).trimEnd()
const partition = (replicas: readonly number[]) => ({id: 1, space_id: 1, db_id: 1, partition_slot: 0, replicas})
const alias = (name: string, space: string) => ({name, db_name: 'web', space_name: space})

const backUp = async (name: string) => {
  const path = join(home, name)
  const {code, body} = await runJson(['meta', 'backup', path, ...target()])
  expect(code).toBe(0)
  return {path, revision: Number(body.data?.[0]?.revision)}
}
const patch = async (...moments: string[]) => {
  const run = await runCli(['meta', 'diff', ...moments, '--format', 'patch', ...target()])
  await writeFile(file, run.stdout)
  return run
}
const apply = () => runJson(['plan', 'apply', file, '-y', ...target()])
const differing = async () => {
  const {body} = await runJson(['meta', 'diff', `@${first}`, 'live', ...target()])
  return [...new Set(body.data?.map(({key}) => key))]
}

beforeAll(async () => {
  etcd = await startEtcd()
})
afterAll(() => etcd?.stop())
beforeEach(async (context) => {
  file = join(home, `${context.task.id}.json`)
  await etcd.ctl('del', '--prefix', '/vearch/')
  await put('partition/1', partition([1, 2]))
  await put('alias/pics', alias('pics', 'images'))
  await put('user/root', {name: 'root', password: 'first-secret'})
  first = (await backUp(`${context.task.id}.backup.jsonl`)).revision
  await put('partition/1', partition([1, 3]))
  await put('alias/new', alias('new', 'images'))
  await etcd.ctl('del', '/vearch/alias/pics')
})

describe('meta diff --format patch', () => {
  test('is applied as it was written, and what is left is what a plan may not write', async () => {
    await put('user/root', {name: 'root', password: 'second-secret'})
    await put('server/9', {name: 9, ip: '10.0.0.9'})
    const {code, stdout, stderr} = await patch('live', `@${first}`)
    expect([code, stdout]).toEqual([12, expect.not.stringContaining('secret')])
    expect(stderr).toContain('left out, for a plan may not write them: 1 of users, 1 of servers')
    const {code: applied, body} = await apply()
    expect([applied, body.data?.length, body.warnings]).toEqual([0, 3, []])
    expect(await differing()).toEqual(['server/9', 'user/root'])
    expect(await stored('partition/1')).toBe(JSON.stringify(partition([1, 2])))
    expect((await patch('live', `@${first}`)).code).toBe(0)
  })

  test('is applied a step at a time', async () => {
    await patch('live', `@${first}`)
    const steps = (...args: string[]) => runCli(['plan', ...args, '-y', ...target()])
    const one = await steps('apply', file, '--step', '1')
    const [, id = ''] = /vearchctl plan resume (p\w+)\n/.exec(one.stderr) ?? []
    // only what is to be done is asked about
    expect([one.code, one.stderr.match(/^- /gm)?.length, one.stdout.match(/ done$/gm)?.length]).toEqual([0, 1, 1])
    expect((await steps('show', id)).stdout).toMatch(/ paused, 1 of 3 steps done\nx {2}1 .*\n- {2}2 .*\n- {2}3 /)
    expect((await steps('resume', id, '--step', '1', '--stop-on-error')).code).toBe(0)
    expect((await steps('resume', id)).code).toBe(0)
    expect((await steps('show', id)).stdout).toContain(' applied, 3 of 3 steps done')
    expect(await differing()).toEqual([])
  })

  test('changes nothing where a record was changed since', async () => {
    await patch('live', `@${first}`)
    await put('alias/new', alias('new', 'other'))
    const {code, body} = await apply()
    expect([code, body.error?.message]).toEqual([6, expect.stringContaining('space_name images → other')])
    expect(await stored('partition/1')).toBe(JSON.stringify(partition([1, 3])))
  })

  test('of two files is applied wherever the records have the values of the first', async () => {
    const before = await backUp(`before-${first}.jsonl`)
    await put('alias/new', alias('new', 'pictures'))
    const after = await backUp(`after-${first}.jsonl`)
    await put('alias/new', alias('new', 'images'))
    expect((await patch(before.path, after.path)).code).toBe(12)
    const {code} = await apply()
    expect([code, await stored('alias/new')]).toEqual([0, JSON.stringify(alias('new', 'pictures'))])
    await patch(after.path, before.path)
    await put('alias/new', alias('new', 'mine'))
    expect((await apply()).code).toBe(6)
    expect(await stored('alias/new')).toBe(JSON.stringify(alias('new', 'mine')))
  })

  test('can be rehearsed', async () => {
    await patch('live', `@${first}`)
    const {code, body} = await runJson(['plan', 'rehearse', file, ...target()])
    expect([code, body.ok]).toEqual([expect.any(Number), true])
  })
})

/** Contexts as an operator uses them: written down, chosen, edited by hand, protected. */
import {mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {startEmbedded} from '../harness/embedded-store.js'
import {runCli, runJson} from '../harness/run-cli.js'

let directory: string
let environment: NodeJS.ProcessEnv
let file: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'context-test-'))
  environment = {XDG_CONFIG_HOME: join(directory, 'config'), XDG_STATE_HOME: join(directory, 'state')}
  file = join(directory, 'config', 'vearchctl', 'contexts.toml')
})
afterEach(() => rm(directory, {recursive: true, force: true}))

const run = (...args: string[]) => runCli(args, {environment})
const json = (...args: string[]) => runJson(args, {environment})
const create = (...args: string[]) => run('context', 'create', ...args)

describe('contexts', () => {
  test('are created from flags, listed, chosen, chosen back and forgotten', async () => {
    expect((await create('prod', '--etcd', 'p:1,p:2', '--cluster', 'vearch', '--protected')).code).toBe(0)
    await create('dev', '--conf', 'dev.toml', '--password-file', '/secret')
    expect(await readFile(file, 'utf8')).toBe(`[prod]
cluster = "vearch"
etcd = ["p:1","p:2"]
protected = true

[dev]
conf = ${JSON.stringify(join(process.cwd(), 'dev.toml'))}
password-file = "/secret"
`)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await run('context', 'use', 'prod')
    await run('context', 'use', 'dev')
    expect((await run('context', 'list', '--columns', 'use,name', '--no-headers')).stdout).toBe('–   prod\n*   dev\n')
    expect((await run('context', 'use', '-', '-q')).stdout).toBe('prod\n')
    expect((await run('context', 'use', '-', '-q')).stdout).toBe('dev\n')
    expect((await json('context', 'show')).body.data).toContainEqual({key: 'password-file', value: '/secret'})
    expect((await run('context', 'delete', 'dev', '-q')).stdout).toBe('prod\n')
    expect((await json('context', 'show')).body.error).toMatchObject({code: 'NOT_FOUND', exit: 3})
  })

  test('keep what a person wrote around them', async () => {
    await create('a', '--cluster', 'a')
    const written = `# mine\n[a]\n# the first\ncluster = "a"\n\n[b] # the second\ncluster = "b"\n`
    await writeFile(file, written)
    await run('context', 'use', 'b')
    expect(await readFile(file, 'utf8')).toBe(written)
    await create('c', '--cluster', 'c')
    await run('context', 'delete', 'a')
    expect(await readFile(file, 'utf8')).toBe(`# mine\n[b] # the second\ncluster = "b"\n\n[c]\ncluster = "c"\n`)
  })

  test.each<[string, string, number, RegExp]>([
    [
      'a key that there is not',
      '[a]\netdc = ["h:1"]\n',
      25,
      /contexts\.toml: \[a\] has no key etdc\nhint: did you mean etcd\?/,
    ],
    ['a password', '[a]\npassword = "x"\n', 25, /\[a\] has no key password/],
    ['a value of another kind', '[a]\netcd = "h:1"\n', 25, /\[a\] etcd must be a list of texts/],
    ['what is no TOML', '[a\n', 25, /contexts\.toml line \d+: /],
    ['a value without a table', 'cluster = "x"\n', 25, /cluster is no table/],
  ])('with %s are refused, with the place', async (_, text, exit, words) => {
    await create('a', '--cluster', 'a')
    await writeFile(file, text)
    const {code, stderr} = await run('context', 'list')
    expect(stderr).toMatch(words)
    expect(code).toBe(exit)
  })

  test.each<[string[], number, RegExp]>([
    [['context', 'use', 'prd'], 3, /there is no context prd\nhint: did you mean prod\?/],
    [['context', 'use', '-'], 3, /there is no previous context/],
    [['context', 'create', 'prod'], 6, /there is a context prod already/],
    [['context', 'create', 'a b'], 2, /a b cannot be the name of a context/],
    [['context', 'delete', 'x'], 3, /there is no context x/],
    [['meta', 'show', '--context', 'x'], 3, /there is no context x/],
    [['context', 'edit'], 2, /no editor is named/],
  ])('%j: %i', async (args, exit, words) => {
    await create('prod', '--etcd', '127.0.0.1:1')
    const {code, stderr} = await run(...args)
    expect(stderr).toMatch(words)
    expect(code).toBe(exit)
  })

  test('are edited in the editor that is named, and checked', async () => {
    await create('a', '--cluster', 'a')
    // the file's name follows the editor's words
    const edited = {...environment, EDITOR: `sh -c 'echo "[x]" > $0'`}
    expect((await runCli(['context', 'edit', '-q'], {environment: edited})).stdout).toBe('x\n')
    expect((await runCli(['context', 'edit'], {environment: {...environment, EDITOR: 'false'}})).code).toBe(7)
  })

  test('decide where a command goes, unless it is said otherwise', async () => {
    await create('prod', '--etcd', '127.0.0.1:1', '--cluster', 'c')
    await run('context', 'use', 'prod')
    const reached = async (env: NodeJS.ProcessEnv, ...args: string[]) => {
      const {body} = await runJson(['meta', 'show', '--timeout', '300ms', ...args], {
        environment: {...environment, ...env},
      })
      return /127\.0\.0\.1:\d+/.exec(body.error?.message ?? '')?.[0]
    }
    expect(await reached({})).toBe('127.0.0.1:1')
    expect(await reached({VEARCH_ETCD: '127.0.0.1:2', VEARCH_CLUSTER: 'c'})).toBe('127.0.0.1:2')
    expect(await reached({VEARCH_ETCD: '127.0.0.1:2'}, '--context', 'prod')).toBe('127.0.0.1:1')
    expect(await reached({}, '--etcd', '127.0.0.1:3', '--cluster', 'c')).toBe('127.0.0.1:3')
  })

  test('that are named and not there stop what asks a cluster, and nothing else', async () => {
    await create('prod', '--etcd', '127.0.0.1:1')
    const elsewhere = {environment: {...environment, VEARCHCTL_CONTEXT: 'prd'}}
    expect(await runJson(['meta', 'show'], elsewhere)).toMatchObject({
      code: 3,
      body: {error: {message: 'there is no context prd', hint: 'did you mean prod?'}},
    })
    expect((await runCli(['context', 'list', '-q'], elsewhere)).stdout).toBe('prod\n')
    await run('context', 'use', 'prod')
    await writeFile(file, '')
    expect((await json('meta', 'show')).body.error?.message).toBe('there is no context prod')
  })

  test('are tested part by part', async () => {
    const {store, stop} = await startEmbedded()
    await create('here', '--etcd', `127.0.0.1:${store.port}`, '--cluster', 'c', '--master', '127.0.0.1:1')
    const parts = async () => {
      const {code, body} = await json('context', 'test', '--context', 'here')
      return [code, body.data?.map(({part, state}) => `${part} ${state}`)]
    }
    expect(await parts()).toEqual([8, ['metadata ok', 'records missing', 'master unreachable']])
    await store.transact({then: [{type: 'put', key: '/c/id/node', value: '1'}]})
    expect(await parts()).toEqual([8, ['metadata ok', 'records ok', 'master unreachable']])
    await stop()
    expect(await parts()).toEqual([4, ['metadata unreachable', 'master unreachable']])
  })

  test('that are read-only or protected are so before anything is asked of the cluster', async () => {
    await create('ro', '--etcd', '127.0.0.1:1', '--cluster', 'c', '--read-only')
    const refused = await json('ids', 'next', 'node', '--allocate', '--context', 'ro')
    expect(refused.body.error).toMatchObject({
      code: 'GUARD_FAILED',
      exit: 6,
      message: expect.stringContaining('context ro'),
    })
    const dry = await json('ids', 'next', 'node', '--allocate', '-n', '3', '--context', 'ro', '--dry-run')
    expect([dry.code, dry.body.data]).toEqual([
      0,
      [{step: 'take 3 ids of sequence node', subject: '/c/id/node', before: null, after: null}],
    ])
  })
})

test('messages are in the reader’s language; codes and JSON are not', async () => {
  const chinese = {...environment, LANG: 'zh_CN.UTF-8'}
  expect((await runCli(['partitons', 'lst'], {environment: chinese})).stderr).toBe(
    '错误: 命令行有误: 没有命令 partitons lst\n提示: 是不是 vearchctl partitions list？\n',
  )
  expect((await runCli(['partitons', '--lang', 'en'], {environment: chinese})).stderr).toMatch(/^error: there is no/)
  const {body} = await runJson(['context', 'show', 'x'], {environment: chinese})
  expect(body.error).toMatchObject({code: 'NOT_FOUND', exit: 3})
  await create('prod', '--etcd', '127.0.0.1:1')
  await writeFile(file, '[prod]\nlang = "zh"\netcd = ["127.0.0.1:1"]\ncluster = "c"\n')
  const unreachable = await run('meta', 'show', '--context', 'prod')
  expect(unreachable.stderr).toMatch(/^错误: 元数据不可达: 127\.0\.0\.1:1: .*\n提示: 用 vearchctl context test /)
})

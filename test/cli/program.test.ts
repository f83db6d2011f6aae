/** The program as a whole: what it loads, how it ends, what it says where. */
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Manifest} from '../../src/cli/manifest.js'
import {referencePage} from '../../src/cli/reference.js'
import {runCli, runJson} from '../harness/run-cli.js'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cli-test-'))
})
afterAll(() => rm(directory, {recursive: true, force: true}))

/** Every package that a run has loaded, by import or by require. */
async function packagesOf(args: readonly string[]): Promise<{packages: Set<string>; modules: number}> {
  const loaded = join(directory, `loaded-${args.join('-').replaceAll(/\W/g, '_')}`)
  const hooks = join(directory, 'hooks.mjs')
  const probe = join(directory, 'probe.mjs')
  await writeFile(
    hooks,
    `import {appendFileSync} from 'node:fs'
export async function load(url, context, next) { appendFileSync(process.env.LOADED, url + '\\n'); return next(url, context) }`,
  )
  await writeFile(
    probe,
    `import {appendFileSync} from 'node:fs'
import module, {register} from 'node:module'
register(${JSON.stringify(`file://${hooks}`)})
process.on('exit', () => appendFileSync(process.env.LOADED, Object.keys(module._cache).join('\\n') + '\\n'))`,
  )
  await runCli(args, {nodeArgs: ['--import', probe], environment: {LOADED: loaded, VEARCH_ETCD: '127.0.0.1:1'}})
  const modules = new Set((await readFile(loaded, 'utf8')).split('\n').map((line) => line.replace('file://', '')))
  const names = [...modules].flatMap((path) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [])
  return {packages: new Set(names), modules: modules.size}
}

describe('what a command does not need is not loaded:', () => {
  const heavy = [
    'etcd3',
    '@grpc/grpc-js',
    'inquirer',
    'undici',
    'cli-table3',
    'lmdb',
    '@zvec/zvec',
    'fastify',
    'pino',
    '@iarna/toml',
  ]

  test('--version loads no package at all', async () => {
    const {packages, modules} = await packagesOf(['--version'])
    expect([...packages]).toEqual([])
    expect(modules).toBeLessThan(6)
  })

  test('__complete, at every Tab, loads no package and no command', async () => {
    const {packages, modules} = await packagesOf(['__complete', 'partitions', 'li'])
    expect([...packages]).toEqual([])
    expect(modules).toBeLessThan(22)
  })

  test.each([['--help'], ['node --help'], ['partitions list --help'], ['partitions list --help --lang zh'], ['']])(
    '%j, which shows help, no command',
    async (line) => {
      const {packages, modules} = await packagesOf(line.split(' ').filter((word) => word !== ''))
      expect([...packages]).toEqual(['fastest-levenshtein'])
      expect(modules).toBeLessThan(50)
    },
  )

  test('a command that there is not, no command', async () => {
    const {packages, modules} = await packagesOf(['partitons'])
    expect([...packages]).toEqual(['fastest-levenshtein'])
    expect(modules).toBeLessThan(45)
  })

  test.each([
    [['config', 'show', '-q'], ['@iarna/toml']],
    [
      ['config', 'show'],
      ['@iarna/toml', 'cli-table3'],
    ],
    [['partitions', 'list', '--cluster', 'c', '--timeout', '300ms'], []],
    [['node', 'list', '--cluster', 'c', '--timeout', '300ms'], []],
    [['locks', 'list', '--cluster', 'c', '--timeout', '300ms'], []],
    [['health', '--cluster', 'c', '--timeout', '300ms'], []],
    [['ids', 'next', '--cluster', 'c', '--timeout', '300ms'], []],
    [
      ['ids', 'next', 'node', '--allocate', '--cluster', 'c', '--timeout', '300ms'],
      ['@grpc/grpc-js', 'etcd3'],
    ],
  ])('%j loads only %j', async (args, needed) => {
    const {packages, modules} = await packagesOf(args)
    expect(heavy.filter((name) => packages.has(name)).toSorted()).toEqual(needed)
    expect(packages.has('@oclif/core')).toBe(false)
    if (!needed.includes('etcd3')) expect(modules).toBeLessThan(150)
  })
})

describe('ends', () => {
  test.each<[string, number, RegExp]>([
    ['frobnicate', 2, /^error: there is no command frobnicate\nhint: see vearchctl --help\n$/],
    ['node restart', 2, /^error: missing 1 required arg: file\nhint: see vearchctl node restart --help\n$/],
    [
      'partitions lst',
      2,
      /^error: there is no command partitions lst\nhint: did you mean vearchctl partitions list\?\n$/,
    ],
    ['partitions list --nod 3', 2, /^error: nonexistent flag: --nod\nhint: did you mean --node\?\n$/],
    ['partitions list --node x', 2, /^error: --node: expected an integer but received: x\n/],
    ['partitions list three', 2, /^error: unexpected argument: three\n/],
    ['partitions show x', 2, /^error: ID: expected an integer but received: x\n/],
    ['partitions show', 2, /^error: missing 1 required arg/],
    ['partitions list --timeout soon', 2, /--timeout soon is not a duration/],
    ['meta show everything', 2, /expected everything to be one of/],
    ['ids next --allocate', 2, /--allocate needs the name of a sequence/],
    ['ids next node -n 3', 2, /--allocate/],
    ['node start everything', 2, /expected everything to be one of/],
    ['config lint /no/such/file', 3, /^error: there is no file \/no\/such\/file\n$/],
    ['config lint /', 3, /^error: cannot read \/: EISDIR/],
  ])('%s: %i, in words and in JSON', async (line, exit, words) => {
    const args = line.split(' ')
    const environment = {VEARCH_ETCD: '127.0.0.1:1'}
    const [text, json] = await Promise.all([runCli(args, {environment}), runJson(args, {environment})])
    expect(text.stderr).toMatch(words)
    expect(text.stderr).not.toMatch(/^\s+at /m)
    expect([text.code, json.code, json.body.error?.exit]).toEqual([exit, exit, exit])
    expect([text.stdout, json.body.ok, json.body.apiVersion]).toEqual(['', false, 'vearchctl/v1'])
  })

  test.each<[string[], NodeJS.ProcessEnv, boolean]>([
    [['--json'], {}, true],
    [['-o', 'json'], {}, true],
    [['-ojson'], {}, true],
    [['--output=json'], {}, true],
    [['-o', 'yaml', '--json'], {}, true],
    [[], {VEARCHCTL_OUTPUT: 'json'}, true],
    [['-o', 'table'], {VEARCHCTL_OUTPUT: 'json'}, false],
    [['-o', 'csv'], {}, false],
  ])('%j %j: an envelope is %s', async (format, environment, isEnvelope) => {
    const {stdout, stderr} = await runCli(['config', 'lint', '/no/such/file', ...format], {environment})
    expect([stdout.startsWith('{'), stderr === '']).toEqual([isEnvelope, isEnvelope])
  })

  test('with the faults of a file, all of them', async () => {
    const path = join(directory, 'bad.toml')
    await writeFile(
      path,
      '[global]\nname = "c"\ndata = []\nsignkey = "k"\n[[masters]]\naddress = "a"\napi_port = 0\n[ps]\nrpc_prot = 1\n',
    )
    const shown = await runCli(['config', 'show', '--conf', path])
    expect(shown.code).toBe(25)
    expect(shown.stderr).toContain(`${path} has 2 faults:\n  line 3: global.data must be`)
    expect(shown.stderr).toContain('\n  line 7: masters[0].api_port must be a port')
    const linted = await runJson(['config', 'validate', path])
    expect([linted.code, linted.body.ok]).toEqual([11, true])
    expect(linted.body.data?.map(({severity, line, key}) => `${severity} ${line} ${key}`)).toEqual([
      'error 3 global.data',
      'error 7 masters[0].api_port',
      'warning 9 ps.rpc_prot',
    ])
  })

  test('quietly when its reader has gone', async () => {
    const {code, stderr} = await runCli(['config', 'show'], {onStart: (child) => child.stdout?.destroy()})
    expect([code, stderr.replace(/^source: .*\n/, '')]).toEqual([0, ''])
  })

  test('before a prompt that nobody can answer', async () => {
    const path = join(directory, 'good.toml')
    await writeFile(
      path,
      `[global]\nname = "c"\ndata = ["${directory}/new"]\nsignkey = "k"\n[[masters]]\naddress = "127.0.0.1"\n`,
    )
    const {code, stderr} = await runCli(['db', 'delete', 'x', '--conf', path])
    expect(code).toBe(7)
    expect(stderr).toContain('hint: add --yes')
  })
})

describe('config show', () => {
  test('says of every value where it comes from, and no secret', async () => {
    const path = join(directory, 'origin.toml')
    await writeFile(
      path,
      '[global]\nname = "c"\ndata = ["/d"]\nsignkey = "hunter2"\n[[masters]]\naddress = "10.0.0.1"\n[ps]\nheartbeat-interval = 200\n',
    )
    const {body} = await runJson(['config', 'show', '--conf', path])
    const row = (name: string) => body.data?.find(({key}) => key === name)
    expect(row('ps.heartbeat_interval')).toMatchObject({value: 200, origin: 'file', line: 8})
    expect(row('ps.rpc_timeout')).toMatchObject({value: 10, origin: 'default', why: expect.stringContaining('seconds')})
    expect(row('masters[0].name')).toMatchObject({value: 'm1', origin: 'derived'})
    expect(row('global.signkey')).toMatchObject({value: '***'})
    expect(JSON.stringify(body)).not.toContain('hunter2')
    const embedded = await runJson(['config', 'show', 'router.port'])
    expect(embedded.body.data).toEqual([{key: 'router.port', value: 9001, origin: 'embedded', line: null, why: null}])
  })
})

describe('help', () => {
  test('has a summary and an example that works for every command', async () => {
    const manifest = JSON.parse(await readFile(new URL('../../dist/manifest.json', import.meta.url), 'utf8')) as {
      commands: Record<string, {summary?: string; examples?: string[]; hidden?: boolean}>
    }
    const files = await readdir(new URL('../../commands', import.meta.url), {recursive: true})
    const ids = files
      .filter((path) => path.endsWith('.ts'))
      .map((path) =>
        path
          .slice(0, -3)
          .replaceAll('/', ':')
          .replace(/:index$/, ''),
      )
    expect(Object.keys(manifest.commands).toSorted()).toEqual(ids.toSorted())
    for (const [id, {summary, examples}] of Object.entries(manifest.commands)) {
      expect(summary, id).toMatch(/\.$/)
      expect(examples?.[0], id).toContain(`vearchctl ${id.replaceAll(':', ' ')}`)
    }
  })

  test('is the same in the reference (npm run docs)', async () => {
    const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')
    const manifest = JSON.parse(await read('dist/manifest.json')) as Manifest
    expect(await read('docs/commands.md')).toBe(referencePage(manifest))
  })

  test.each([['help exit-codes'], ['help partitions list'], ['partition list --help'], ['help']])(
    '%s',
    async (line) => {
      const {code, stdout} = await runCli(line.split(' '))
      expect(code).toBe(0)
      expect(stdout).toMatch(/quorum would be lost|only partitions with a replica on this node|TOPICS/)
    },
  )
})

/** The REPL as a person has it: on a real pseudo-terminal. */
import {mkdir, mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises'
import {type AddressInfo, createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest'
import {startEmbedded, type TestStore} from '../../harness/embedded-store.js'
import {keys, TestTerminal} from '../../harness/terminal.js'
import {until} from '../../harness/until.js'

let directory: string
let terminal: TestTerminal
/** An etcd that takes calls and never answers. */
const frozen = createServer(() => {})

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'repl-test-'))
  await new Promise<void>((resolve) => frozen.listen(0, '127.0.0.1', resolve))
})
afterEach(() => terminal.close())
afterAll(async () => {
  frozen.close()
  await rm(directory, {recursive: true, force: true})
})

function open(args: readonly string[] = []): TestTerminal {
  terminal = new TestTerminal(args, {XDG_STATE_HOME: directory, XDG_CONFIG_HOME: directory})
  return terminal
}

const historyPath = () => join(directory, 'vearchctl', 'history.jsonl')

test('vearchctl alone is the REPL; its lines are kept for the next one, but no secrets', async () => {
  open()
  await terminal.enter('config show router.port')
  await terminal.shows('9001')
  await terminal.enter(' config show ps.rpc_port')
  await terminal.enter('config show --password hunter2')
  await terminal.shows('error')
  await terminal.enter('$_ | json')
  await terminal.shows('"ok": true')
  await terminal.enter('exit')
  expect(await terminal.exited()).toBe(0)
  const history = (await readFile(historyPath(), 'utf8')).trim().split('\n')
  expect(history.map((line) => JSON.parse(line))).toMatchObject([
    {cmd: 'config show router.port', rc: 0, context: null},
    {cmd: '$_ | json', rc: 0},
  ])
  expect((await stat(historyPath())).mode & 0o777).toBe(0o600)

  open(['repl'])
  await terminal.shows('> ')
  terminal.type(keys.up + keys.up + keys.enter)
  await terminal.shows('9001')
  await terminal.shows('> ')
  terminal.type(`${keys.search}json`)
  await terminal.shows('bck-i-search: json')
  terminal.type(keys.enter)
  await terminal.shows('"ok": true')
  await terminal.shows('> ')
  terminal.type(keys.end)
  expect(await terminal.exited()).toBe(0)
})

test('Ctrl-C ends the command or clears the line, and never the session', async () => {
  const {port} = frozen.address() as AddressInfo
  open(['repl', '--etcd', `127.0.0.1:${port}`, '--cluster', 'c', '--timeout', '60s'])
  await terminal.enter('ids list --verbose')
  await terminal.shows('metadata of etcd')
  terminal.type(keys.interrupt)
  await terminal.shows('error: interrupted')
  await terminal.shows('> ')
  terminal.type(`half a line${keys.interrupt}${keys.interrupt}`)
  await terminal.enter('config show router.port')
  await terminal.shows('9001')
})

test('a second Ctrl-C goes on without a command that does not end', async () => {
  open()
  await terminal.enter(`config show | !trap '' INT; echo deaf; sleep 60`)
  await terminal.shows('deaf\n')
  terminal.type(keys.interrupt)
  await terminal.shows('Ctrl-C again')
  terminal.type(keys.interrupt)
  await terminal.enter('config show router.port')
  await terminal.shows('9001')
  await terminal.enter('exit')
  expect(await terminal.exited()).toBe(130)
})

test('another context is another prompt and another history', async () => {
  await mkdir(join(directory, 'vearchctl'), {recursive: true})
  await writeFile(join(directory, 'vearchctl', 'contexts.toml'), '[left]\ncluster = "a"\n[right]\ncluster = "b"\n')
  open(['repl'])
  await terminal.enter('context use left')
  await terminal.enter('config show router.port', 'left> ')
  await terminal.enter('context use right', 'left> ')
  await terminal.enter(`.record ${directory}/lines.vc`, 'right> ')
  await terminal.enter('config show router.port -q', 'right> ')
  await terminal.enter('context use -', 'right> ')
  await terminal.shows('left> ')
  terminal.type(keys.up + keys.up)
  await terminal.shows('config show router.port')
  terminal.type(keys.interrupt)
  await terminal.enter('context delete left', 'left> ')
  await terminal.enter('context delete right')
  await terminal.enter('exit')
  expect(await terminal.exited()).toBe(0)
  const lines = async (context: string) => {
    const text = await readFile(join(directory, 'vearchctl', `history-${context}.jsonl`), 'utf8')
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).cmd)
  }
  expect(await lines('left')).toEqual(['config show router.port', 'context use right', 'context delete left'])
  expect(await lines('right')).toEqual(['config show router.port -q', 'context use -'])
  expect(await readFile(join(directory, 'lines.vc'), 'utf8')).toMatch(/^config show router.port -q\ncontext use -\n/)
})

test('a terminal that goes away takes the REPL with it, in the middle of a command, too', async () => {
  const {port} = frozen.address() as AddressInfo
  open(['repl', '--etcd', `127.0.0.1:${port}`, '--cluster', 'c', '--timeout', '60s'])
  await terminal.enter('$x = config show router.port')
  await terminal.enter('ids next --verbose')
  await terminal.shows('metadata of etcd')
  terminal.hangUp()
  await until('the history is written', async () =>
    (await readFile(historyPath(), 'utf8')).includes('ids next --verbose'),
  )
})

test('a command asks, is answered, and the next line is a command again', async () => {
  const conf = join(directory, 'config.toml')
  await writeFile(
    conf,
    `[global]\nname = "c"\ndata = ["${directory}/data"]\nsignkey = "k"\n[[masters]]\naddress = "127.0.0.1"\n`,
  )
  open(['repl', '--conf', conf])
  // what was pasted behind a question answers none
  await terminal.enter(`db delete x${keys.enter}config show router.port`)
  await terminal.shows('Go on?')
  terminal.type(`n${keys.enter}`)
  await terminal.shows('error: nothing was done')
  // the answer was the question's, and no line of its own
  expect(await terminal.shows('9001')).not.toContain('there is no command')
  await terminal.enter('db delete x')
  await terminal.shows('Go on?')
  terminal.type(keys.interrupt)
  await terminal.shows('error: nothing was done')
  await terminal.enter('exit')
  expect(await terminal.exited()).toBe(0)
})

test('a line goes on where a quote or a pipe is open', async () => {
  open()
  await terminal.enter('config show |')
  await terminal.enter('where key == "router.port" |', '... ')
  await terminal.enter('select value', '... ')
  expect(await terminal.shows('9001')).toContain('VALUE')
})

test('what is pasted waits for Enter, and runs line by line until one fails', async () => {
  open()
  await terminal.shows('> ')
  terminal.type('\u001B[200~config show router.port -q\nconfig show\tps.rpc_port\nno such\nconfig show -q\n\u001B[201~')
  expect(await terminal.shows('no such⏎config show -q')).not.toContain('error')
  terminal.type(keys.enter)
  expect(await terminal.shows('error: there is no command no such')).toMatch(/router\.port\n.*ps\.rpc_port +8081/s)
  await terminal.enter('exit')
  expect(await terminal.exited()).toBe(0)
})

test('the session has settings of its own', async () => {
  const home = join(directory, 'vearchctl')
  await mkdir(home, {recursive: true})
  await writeFile(join(home, 'contexts.toml'), '[left]\ncluster = "a"\netcd = ["127.0.0.1:1"]\n')
  open(['repl'])
  await terminal.enter('.use left')
  await terminal.enter('.use middle', 'left ')
  await terminal.shows('error: there is no context middle')
  await terminal.enter('.set output json', 'left ')
  await terminal.shows('--context=left\n--output=json\n')
  await terminal.enter('.set output paper', '> ')
  await terminal.shows('error: --output paper is not a format')
  await terminal.enter('config show router.port', '> ')
  await terminal.shows('"value": 9001')
  await terminal.enter('.read-only', '> ')
  await terminal.enter('db create x', ' ro')
  await terminal.shows('read-only')
  await terminal.enter('.read-only off', 'ro')
  await terminal.enter('.timing', 'left ')
  await terminal.enter('config show router.port -q', 'left ')
  expect(await terminal.shows(' ms\n')).toMatch(/router\.port\n.*\d+$/s)
  await terminal.enter('.undo', 'left ')
  await terminal.shows('error')
  await terminal.enter('.use', '> ')
  await terminal.enter('exit', '> ')
  expect(await terminal.exited()).toBe(0)
})

test('Tab knows the files and plans of this machine', async () => {
  const plans = join(directory, 'vearchctl', 'plans-c')
  await mkdir(join(directory, 'exports', 'old'), {recursive: true})
  await writeFile(join(directory, 'exports', 'nodes.csv'), '')
  await mkdir(plans, {recursive: true})
  const plan = {kind: 'Plan', id: 'p1f3a', action: 'node drain 2', steps: []}
  await writeFile(join(plans, 'p1f3a.jsonl'), `${JSON.stringify(plan)}\n`)
  const {store, stop} = await seeded()
  try {
    open(['repl', '--etcd', `127.0.0.1:${store.port}`, '--cluster', 'c'])
    await terminal.shows('c 1/2 ps> ')
    await terminal.complete(`node list | > ${directory}/exp`, 'exports/')
    await terminal.complete('n', 'nodes.csv ')
    terminal.type(keys.interrupt)
    await terminal.complete(`run ${directory}/exports/o`, 'old/')
    terminal.type(keys.interrupt)
    await terminal.complete('plan show p', 'p1f3a ')
    terminal.type(keys.interrupt)
  } finally {
    await stop()
  }
})

test('SIGTERM ends it and gives the terminal back', async () => {
  open()
  await terminal.enter('config show router.port | !echo pid-$((0))-$PPID')
  await terminal.shows('pid-0-')
  const pid = Number(await terminal.shows('\n'))
  await terminal.shows('> ')
  process.kill(pid, 'SIGTERM')
  expect(await terminal.exited()).toBe(0)
})

test('the prompt and Tab know the cluster as it is, and ask nobody', async () => {
  const {store, stop} = await seeded()
  let stopped = false
  try {
    open(['repl', '--etcd', `127.0.0.1:${store.port}`, '--cluster', 'c'])
    await terminal.shows('c 1/2 ps> ')
    await terminal.complete('parti', 'partitions ')
    await terminal.complete('lis', 'list ')
    terminal.type(`--no${keys.tab}`)
    expect(await terminal.shows('only partitions with a replica')).toContain('no header line')
    terminal.type(`de ${keys.tab}`)
    expect(await terminal.shows('ghost, 1 partition')).toContain('10.0.0.1 up, 2 partitions')
    terminal.type(`1${keys.enter}`)
    await terminal.enter('for p in $_ : partitions list --db $p.db --limit 1 -q')
    await terminal.shows('1\n1\n')
    await terminal.shows('ps> ')
    await terminal.complete('meta get part', 'partition/')
    await terminal.complete('7', '70 ')
    terminal.type(keys.enter)
    await terminal.shows('/c/partition/70')
    await terminal.shows('ps> ')
    await terminal.complete('$_ | wh', 'where ')
    terminal.type(keys.interrupt)
    await store.transact({then: [{type: 'put', key: '/c/server/2', value: JSON.stringify({name: 2, ip: '10.0.0.2'})}]})
    await terminal.shows('c 2/2 ps> ')
    await stop()
    stopped = true
    await terminal.shows('c ✗ etcd> ')
    terminal.type(`node list${keys.enter}`)
    await terminal.shows('error')
    await terminal.enter('exit', '✗ etcd> ')
    expect(await terminal.exited()).toBe(0)
  } finally {
    if (!stopped) await stop()
  }
})

/** A node that is alive and one that is not, and two partitions. */
async function seeded(): Promise<TestStore> {
  const metadata = await startEmbedded()
  const partition = (id: number, replicas: number[]) => ({id, space_id: 1, db_id: 1, partition_slot: 0, replicas})
  const partitions = [partition(1, [1]), partition(70, [1, 2])]
  const records = {
    'server/1': {name: 1, ip: '10.0.0.1', rpc_port: 8081},
    'db/body/1': {id: 1, name: 'd'},
    'space/1/1': {id: 1, name: 's', db_id: 1, partitions, fields: []},
    ...Object.fromEntries(partitions.map((each) => [`partition/${each.id}`, each])),
  }
  await metadata.store.transact({
    then: Object.entries(records).map(([key, value]) => ({
      type: 'put',
      key: `/c/${key}`,
      value: JSON.stringify(value),
    })),
  })
  return metadata
}

/**
 * Every command on every bad day: those of the manifest, each as the first example of its help has it, in words and as JSON, on a
 * cluster that stands still (`standing-cluster.ts`). Whatever the day, each answers within its time, says the same with its exit code
 * and in its envelope, shows no stack, and changes nothing.
 */
import {execFile} from 'node:child_process'
import {copyFile, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import stringWidth from 'string-width'
import {afterAll, beforeAll, expect} from 'vitest'
import {dbId, nodeId, partitionId, spaceId} from '../../src/entity/ids.js'
import {keys} from '../admin/cluster-fixture.js'
import {binary} from '../harness/cluster.js'
import {CommandRoom, type TimedRun} from '../harness/command-room.js'
import {exampleLines} from '../harness/example-lines.js'
import {type Standing, StandingCluster} from '../harness/standing-cluster.js'
import {until} from '../harness/until.js'
import {describe, test} from '../harness/with-etcd.js'

/** They go on until somebody ends them. */
const endless = new Set(['repl', 'node:start'])
/** They go on until it is so, or for ever, unless nobody answers. */
const waitsForMore = new Set(['events', 'wait', 'meta:watch'])
/** The second time there is one. */
const writesFile = new Set(['meta:backup'])
/** They ask no cluster, or, for a change by the masters that is only planned, have nothing to ask one. */
const asksNobody = new Set(
  `alias:create alias:delete audit:list audit:show cheat completion config:diff config:lint config:set config:show config:template
  context:create context:delete context:edit context:list context:show context:use db:create db:delete debug:bundle:analyze
  debug:capture:show debug:capture:start debug:capture:status debug:capture:stop
  doctor:explain doctor:list explain help:exit-codes master:etcd:defrag meta:inspect meta:put meta:undo node:profile node:register
  plan:apply plan:cancel plan:list plan:rehearse plan:resume plan:show role:create role:delete router:cache space:config:set space:create user:create
  user:delete`.split(/\s+/),
)
/** Without a question: what they change is undone as easily. */
const actsAtOnce = new Set(['doctor:mute', 'node:cordon', 'node:profile'])
/** They ask the server itself, which is the third. */
const operatesNode3 = ['node:log-level', 'node:logs', 'node:stop']
/** They do what the command that they are given does. */
const runsOthers = new Set(['run'])

/** What an answer may take beyond its time, on a machine that does much else. */
const graceMs = 20_000
const atOnce = 6
/** Who waits takes nothing from the others. */
const answersMax = 200

let room: CommandRoom
let cluster: StandingCluster
let home: string
const before = process.cwd()
const environment = () => ({XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, PATH: process.env.PATH})

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'bad-days-'))
  // examples name files by relative paths
  process.chdir(home)
  cluster = await StandingCluster.start()
  const {fixture, etcd} = cluster
  fixture.addSpace(2, 'images', [3, 4, 5, 6, 7])
  fixture.records.set(keys.alias('pics'), {name: 'pics', db_name: 'web', space_name: 'images'})
  fixture.records.set(keys.user('ann'), {name: 'ann', role_name: 'defaultSpaceAdmin', password: 'secret'})
  await cluster.stand()
  await etcd.ctl('snapshot', 'save', 'etcd.db')
  await writeFile('nightly.vc', 'node list\npartitions list\n')
  await writeFile('ann.txt', 'her-Secret_9\n')
  await writeFile(
    'images.json',
    '{"partition_num": 1, "replica_num": 1, "fields": [{"name": "tag", "type": "string"}]}',
  )
  room = await CommandRoom.open()
  for (const line of ['meta backup vearch-88.backup.jsonl', 'debug bundle prod.jsonl', 'context create staging']) {
    const {code, stderr} = await room.run([...line.split(' '), '--conf', cluster.conf], environment())
    if (code !== 0) throw new Error(`${line}: ${stderr}`)
  }
  const {stdout} = await room.run(['doctor', '--json', '--conf', cluster.conf], environment())
  await writeFile('doctor.json', stdout)
}, 120_000)
afterAll(async () => {
  process.chdir(before)
  room?.close()
  await cluster?.stop()
  await rm(home, {recursive: true, force: true})
})

interface Answers {
  readonly text: TimedRun
  readonly json: TimedRun
}

interface DayOptions {
  readonly conf?: string
  readonly timeoutMs?: number
  readonly nodeTimeoutMs?: number
  /** Nobody answers, so there is nothing to go on with for ever. */
  readonly isSilent?: boolean
  readonly flags?: readonly string[]
}

/** What every command says, by its id, after what holds on every day was checked. */
async function everyCommand({isSilent = false, ...options}: DayOptions = {}) {
  const {conf = cluster.conf, timeoutMs = 60_000, nodeTimeoutMs = 30_000, flags = ['--dry-run']} = options
  for (const name of ['config', 'ps1', 'ps2', 'ps3']) await copyFile(conf, `${name}.toml`)
  const answers = new Map<string, Answers>()
  const waiting = [...exampleLines()].filter(([id]) => !endless.has(id) && (isSilent || !waitsForMore.has(id))).values()
  const common = ['--timeout', `${timeoutMs}ms`, '--node-timeout', `${nodeTimeoutMs}ms`, ...flags]
  const next = async () => {
    for (const [id, words] of waiting) {
      const args = [...words.filter((word) => !flags.includes(word)), ...common]
      if (!words.includes('--conf')) args.push('--conf', conf)
      const text = await room.run(args, environment())
      const json = await room.run([...args, '--json'], environment())
      answers.set(id, {text, json})
    }
  }
  await Promise.all(Array.from({length: isSilent ? answersMax : atOnce}, next))
  const faults = [...answers].flatMap(([id, answer]) =>
    [...faultsOf(id, answer, timeoutMs)].map((fault) => `${id}: ${fault}`),
  )
  expect(faults).toEqual([])
  return answers
}

function* faultsOf(id: string, {text, json}: Answers, timeoutMs: number): Generator<string> {
  const all = [text.stdout, text.stderr, json.stdout, json.stderr].join('\n')
  if (text.code === null || text.code === 1) yield `exit code ${text.code}: ${text.stderr}`
  if (text.code !== json.code && !writesFile.has(id)) yield `exit code ${text.code} in words, ${json.code} in JSON`
  if (/^\s+at .*:\d+:\d+\)?$/m.test(all)) yield `a stack: ${all}`
  if (/\[object |\bundefined\b|\bNaN\b/.test(all)) yield `what nobody understands: ${all}`
  if (Math.max(text.ms, json.ms) > timeoutMs + graceMs) yield `took ${text.ms} and ${json.ms} ms`
  if (text.stdout === '' && text.stderr === '' && json.stdout !== '') yield 'says nothing'
  if (json.stdout === '' || runsOthers.has(id)) return
  const body = JSON.parse(json.stdout) as {ok: boolean; error?: {exit: number; message: string}}
  if (body.ok !== (body.error === undefined)) yield 'neither a result nor an error'
  if (body.error !== undefined && body.error.exit !== json.code) yield `exit ${body.error.exit}, but ${json.code}`
  if (body.error !== undefined && body.error.message === '') yield 'an error without words'
}

const exitsOf = (answers: ReadonlyMap<string, Answers>) => new Map([...answers].map(([id, {text}]) => [id, text.code]))

/** Commands that end otherwise than on a good day, with their exit codes. */
function unusual(answers: ReadonlyMap<string, Answers>): Record<string, number | null> {
  return Object.fromEntries([...exitsOf(answers)].filter(([id, code]) => code !== goodDay.get(id)))
}

let goodDay: ReadonlyMap<string, number | null> = new Map()

describe('every command', {timeout: 120_000}, () => {
  test('on a good day, where only the masters are away', async () => {
    const revision = await cluster.revision()
    const answers = await everyCommand()
    goodDay = exitsOf(answers)
    const refused = [...goodDay].filter(([, code]) => code === 2).map(([id]) => id)
    // nobody has said which editor
    expect(refused.toSorted()).toEqual(['context:edit', 'meta:edit'])
    expect(await cluster.revision()).toBe(revision)
  })

  test('where nobody agrees', async () => {
    const revision = await cluster.revision()
    const lines = [...exampleLines()].filter(([id]) => goodDay.has(id) && !actsAtOnce.has(id) && !asksNobody.has(id))
    const unconfirmed: string[] = []
    for (const [id, words] of lines) {
      const conf = words.includes('--conf') ? [] : ['--conf', cluster.conf]
      const args = words.filter((word) => word !== '--dry-run')
      const {code} = await room.run([...args, ...conf, '--timeout', '60s'], environment())
      if (code === 7) unconfirmed.push(id)
      else if (!writesFile.has(id)) expect([id, code]).toEqual([id, goodDay.get(id)])
    }
    expect(unconfirmed).toContain('partitions:move')
    expect(await cluster.revision()).toBe(revision)
  })

  test.each([
    ['without etcd', false],
    ['with an etcd that is frozen', true],
  ])('%s', async (_, isFrozen) => {
    if (isFrozen) cluster.etcd.pause()
    const conf = isFrozen ? cluster.conf : cluster.confOfNobody
    const answers = await everyCommand({conf, timeoutMs: 3_000, isSilent: true}).finally(() => cluster.etcd.resume())
    const wrong = [...exitsOf(answers)].filter(([id, code]) => {
      if (asksNobody.has(id)) return code !== goodDay.get(id)
      return code !== (id === 'wait' ? 124 : 4)
    })
    expect(wrong).toEqual([])
    const {text} = answers.get('partitions:list') as Answers
    expect(text.stderr).toMatch(/ECONNREFUSED|etcd 127\.0\.0\.1:\d+ gave no answer within 3000 ms/)
  })

  test.each<[Standing, string, number | null]>([
    ['dead', 'ECONNREFUSED', 4],
    ['frozen', 'ping took more than 1000 ms', 4],
    ['of another cluster', 'cluster another', null],
    ['of another key', 'does not know this cluster', 5],
  ])('with a server that is %s', async (standing, why, refusal) => {
    await cluster.stand({3: standing})
    const revision = await cluster.revision()
    const answers = await everyCommand(standing === 'frozen' ? {nodeTimeoutMs: 1_000} : {})
    const operated = refusal === null ? {} : Object.fromEntries(operatesNode3.map((id) => [id, refusal]))
    expect(unusual(answers)).toEqual({...operated, doctor: 11, health: 11, 'node:ping': 8, 'node:stats': 8, status: 11})
    expect(answers.get('node:ping')?.json.stdout).toContain(why)
    expect(answers.get('node:show')?.text.stdout).not.toMatch(/^answers +yes/m)
    expect(await cluster.revision()).toBe(revision)
  })

  test('with a server whose lease has ended', async () => {
    await cluster.stand()
    const {id} = await cluster.store.grantLease(1)
    const key = keys.server(nodeId(3))
    const record = await cluster.store.get(key)
    await cluster.store.transact({then: [{type: 'put', key, value: record?.value ?? '', lease: id}]})
    await until('the lease has ended', async () => (await cluster.store.get(key)) === null, 30_000)
    const revision = await cluster.revision()
    const answers = await everyCommand()
    expect(answers.get('node:show')?.text.stdout).toMatch(/^state +ghost/m)
    expect(unusual(answers)).toMatchObject({doctor: 11, health: 11})
    expect(await cluster.revision()).toBe(revision)
  })
})

describe('metadata that is half written', {timeout: 120_000}, () => {
  test.each<[string, Readonly<Record<string, string | null>>, string]>([
    ['a space without a partition’s record', {[keys.partition(partitionId(3))]: null}, 'VC105'],
    ['a db of which only the name is there', {[keys.dbId('web')]: null, [keys.db(dbId(1))]: null}, 'VC107'],
    ['a db that cannot be found by its name', {[keys.dbId('web')]: null}, 'VC108'],
    ['a partition that is no JSON', {[keys.partition(partitionId(3))]: '{"id":3,"na'}, 'VC133'],
    ['a space that is no JSON', {'/vearch/space/1/2': 'space'}, 'VC133'],
    ['a server that is no JSON', {[keys.server(nodeId(3))]: '\u0000\u0001'}, 'VC133'],
    ['a partition that is a list', {[keys.partition(partitionId(3))]: '[]'}, 'VC133'],
    [
      'a space whose partitions are a number',
      {'/vearch/space/1/2': '{"id":2,"name":"images","db_id":1,"partitions":7}'},
      'VC133',
    ],
    ['a user that is null', {[keys.user('ann')]: 'null'}, 'VC133'],
    ['a sequence that is no number', {'/vearch/id/partition': 'many'}, 'VC114'],
    ['settings that are no JSON', {[keys.requestLimit]: 'many', [keys.spaceConfig(dbId(1), spaceId(2))]: '{'}, 'VC133'],
    ['a change of replicas that is no JSON', {[keys.replicaChange(partitionId(3))]: '['}, 'VC133'],
  ])('%s', async (_, changes, code) => {
    await cluster.stand()
    const then = Object.entries(changes).map(([key, value]) =>
      value === null ? ({type: 'delete', key} as const) : ({type: 'put', key, value} as const),
    )
    await cluster.store.transact({then})
    const revision = await cluster.revision()
    const answers = await everyCommand()
    expect(answers.get('doctor')?.text.stdout).toContain(code)
    expect(await cluster.revision()).toBe(revision)
  })
})

test('on a terminal of 40 columns, tables have no more', {timeout: 60_000}, async () => {
  await cluster.stand()
  const {isTTY, columns} = process.stdout
  Object.assign(process.stdout, {isTTY: true, columns: 40, getWindowSize: () => [40, 24]})
  try {
    const answers = await everyCommand({flags: ['--dry-run', '--color', 'never']})
    const tables = [...answers].filter(([, {text}]) => /^[A-Z%-]+ {2,}/.test(text.stdout))
    const wide = tables.filter(([, {text}]) => text.stdout.split('\n').some((line) => stringWidth(line) > 40))
    expect(wide.map(([id]) => id)).toEqual([])
    expect(tables.length).toBeGreaterThan(20)
  } finally {
    Object.assign(process.stdout, {isTTY, columns})
  }
})

describe('a password that is wrong', {timeout: 60_000}, () => {
  test('at etcd is told as that', async () => {
    const {etcd} = cluster
    await cluster.stand()
    await etcd.ctl('user', 'add', 'root:right')
    await etcd.ctl('user', 'grant-role', 'root', 'root').catch(() => etcd.ctl('role', 'add', 'root'))
    await etcd.ctl('auth', 'enable')
    try {
      await writeFile('wrong.txt', 'wrong\n')
      const flags = ['--dry-run', '--etcd', etcd.endpoint, '--etcd-user', 'root', '--etcd-password-file', 'wrong.txt']
      const answers = await everyCommand({flags})
      const other = [...exitsOf(answers)].filter(([id, code]) => !asksNobody.has(id) && code !== 5)
      expect(Object.fromEntries(other)).toEqual({'context:test': 8, 'space:health': 4})
    } finally {
      await etcd.ctl('--user', 'root:right', 'auth', 'disable')
    }
  })
})

describe('a hundred thousand partitions', {timeout: 180_000}, () => {
  const spaces = 100
  const perSpace = 1_000

  beforeAll(async () => {
    const {records} = cluster.fixture
    for (let space = 100; space < 100 + spaces; space++) {
      const partitions = Array.from({length: perSpace}, (_, at) => ({
        id: space * perSpace + at,
        name: '',
        space_id: space,
        db_id: 1,
        partition_slot: at * 4_294_967,
        replicas: [1, 2, 3],
        resourceExhausted: false,
      }))
      const shape = {db_id: 1, enabled: true, partition_num: perSpace, replica_num: 3, fields: [], space_properties: {}}
      records.set(`/vearch/space/1/${space}`, {id: space, name: `s${space}`, version: 2, ...shape, partitions})
      for (const partition of partitions) {
        records.set(keys.partition(partitionId(partition.id)), {...partition, leader_name: 1, term: 1})
      }
    }
    await cluster.stand({1: 'dead', 2: 'dead', 3: 'dead', 4: 'dead'})
  }, 120_000)

  /** Through a pipe whose reader is content with one line; memory that does for the rows, but not for their square. */
  test.each([
    ['partitions list', 0],
    ['meta diff @20 live', 12],
    ['doctor', 11],
    ['health --explain', 11],
  ])('%s | head -1', async (line, exit) => {
    const command = `${process.execPath} --max-old-space-size=1500 ${binary} ${line} --conf ${cluster.conf} --timeout 60s`
    const script = `{ ${command}; echo "exit $?" >&2; } | head -1`
    const {stdout, stderr} = await new Promise<{stdout: string; stderr: string}>((resolve) => {
      execFile('sh', ['-c', script], {env: environment()}, (_, out, err) => resolve({stdout: out, stderr: err}))
    })
    expect(stdout.split('\n')).toHaveLength(2)
    expect(stderr).toMatch(new RegExp(`^exit ${exit}$`, 'm'))
    expect(stderr).not.toMatch(/EPIPE|^\s+at /m)
  })
})

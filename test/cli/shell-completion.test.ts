/** Completion as a shell asks for it. */
import {spawn} from 'node:child_process'
import {mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {planDrain} from '../../src/admin/plan/node-plans.js'
import {PlanJournal} from '../../src/admin/plan/plan-journal.js'
import {nodeId} from '../../src/entity/ids.js'
import {systemDisk} from '../../src/env/disk.js'
import {fixture} from '../admin/cluster-fixture.js'
import {binary} from '../harness/cluster.js'
import {startEmbedded, type TestStore} from '../harness/embedded-store.js'
import {runCli} from '../harness/run-cli.js'

let directory: string
let metadata: TestStore
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'completion-test-'))
  await mkdir(join(directory, 'vearchctl'))
  await writeFile(
    join(directory, 'vearchctl', 'contexts.toml'),
    '[prod]\netcd = ["10.0.0.1:2379"]\n[test]\ncluster = "c"\n',
  )
  await symlink(binary, join(directory, 'vearchctl', 'vearchctl'))
  metadata = await startEmbedded()
  const server = JSON.stringify({name: 12, ip: '10.0.0.12'})
  await metadata.store.transact({then: [{type: 'put', key: '/c/server/12', value: server}]})
})
afterAll(async () => {
  await metadata.stop()
  await rm(directory, {recursive: true, force: true})
})

const complete = async (words: readonly string[]) => {
  const {code, stdout, stderr} = await runCli(['__complete', ...words], {
    environment: {XDG_CONFIG_HOME: directory, XDG_STATE_HOME: directory},
  })
  expect([code, stderr]).toEqual([0, ''])
  return stdout
}
test('plans, with what they do and how far they are', async () => {
  const journal = new PlanJournal(systemDisk, join(directory, 'vearchctl', 'plans-c'))
  const plan = planDrain(fixture(), nodeId(1))
  await journal.keep(plan)
  await journal.record(plan.id, {at: '2026-01-01T00:00:00.000Z', event: 'done', step: 0})
  const words = ['--etcd', '127.0.0.1:1', '--cluster', 'c', 'plan', 'resume', '']
  expect(await complete(words)).toBe(`${plan.id}\tnode drain 1: running, 1 of 2 steps\n`)
})

const target = () => ['--etcd', `127.0.0.1:${metadata.store.port}`, '--cluster', 'c']

test('commands with what they do, flags, contexts, values of the cluster', async () => {
  expect(await complete(['partitio'])).toBe('partitions\tPartitions and their replicas.\n')
  expect(await complete(['node', 'list', '--zo'])).toBe('--zone\tonly servers of this zone\n')
  expect(await complete(['--context', ''])).toBe('prod\t\ntest\t\n')
  expect(await complete([...target(), 'partitions', 'list', '--node', '1'])).toBe('12\t10.0.0.12 up, 0 partitions\n')
})

test.each([
  ['a cluster that does not answer', ['--etcd', '127.0.0.1:1', '--cluster', 'c', 'partitions', 'list', '--node', '']],
  ['a context that is not there', ['--context', 'nobody', 'partitions', 'list', '--node', '']],
  ['words that are no command', ['frobnicate', '']],
  ['files', ['--conf', '']],
])('nothing, and no error, for %s', async (_, words) => expect(await complete(words)).toBe(''))

/** What bash would offer at the end of the line. */
async function bash(line: string): Promise<string> {
  const {stdout: script} = await runCli(['completion', 'bash'])
  const child = spawn('bash', ['--norc'], {
    env: {PATH: `${join(directory, 'vearchctl')}:${process.env.PATH}`, HOME: directory, XDG_CONFIG_HOME: directory},
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(
    `${script}\nCOMP_LINE='${line}' COMP_POINT=${line.length} _vearchctl; printf '%s|' "\${COMPREPLY[@]}"\n`,
  )
  let said = ''
  for await (const piece of child.stdout.setEncoding('utf8')) said += piece
  return said
}

test.each([
  ['vearchctl node li', 'list|'],
  ['vearchctl ids next ', 'node|space|db|partition|'],
  ['vearchctl node list --role=p', 'ps|'],
])('bash: %j', async (line, offered) => expect(await bash(line)).toBe(offered))

test('a script for each shell asks the same way', async () => {
  for (const shell of ['bash', 'zsh', 'fish', 'pwsh']) {
    const {code, stdout} = await runCli(['completion', shell])
    expect([code, stdout]).toEqual([0, expect.stringContaining('vearchctl __complete')])
  }
})

/** Lines from files and pipes, by the whole program. */
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {cheatSheet} from '../../../src/cli/cheat-sheet.js'
import {understand} from '../../../src/cli/command-line.js'
import {parseLine} from '../../../src/cli/repl/line.js'
import {stages} from '../../../src/cli/repl/stages.js'
import {startEmbedded, type TestStore} from '../../harness/embedded-store.js'
import {runCli} from '../../harness/run-cli.js'

let directory: string
let metadata: TestStore
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'script-test-'))
  metadata = await startEmbedded()
  await metadata.store.transact({then: [{type: 'put', key: '/c/id/node', value: '7'}]})
})
afterAll(async () => {
  await metadata.stop()
  await rm(directory, {recursive: true, force: true})
})

async function script(
  text: string,
  ...flags: string[]
): Promise<{code: number | null; stdout: string; stderr: string}> {
  const path = join(directory, 'script.vc')
  await writeFile(path, text)
  return runCli(['run', path, ...flags], {environment: {XDG_STATE_HOME: directory, XDG_CONFIG_HOME: directory}})
}
const target = () => ['--etcd', `127.0.0.1:${metadata.store.port}`, '--cluster', 'c']

test('flags hold for every line, and results go from line to line', async () => {
  const {code, stdout, stderr} = await script(
    `# two ids
$taken = ids next node --allocate -n 2
for id in $taken : ids next node \\
  --filter 'next > 8' -q
$taken | count | json |
  !cat
ids next node -q --dry-run --allocate | count | csv
`,
    ...target(),
    '--yes',
  )
  expect([code, stderr]).toEqual([0, expect.stringContaining('nothing was changed')])
  expect(stdout).toBe('10\n10\n[{"count":2}]\nCOUNT\n1\n')
})

test.each<[string, string[], number, string]>([
  ['nothing\nconfig show router.port -q\n', [], 2, 'router.port\n'],
  ['set -e\nnothing\nconfig show router.port -q\n', [], 2, ''],
  ['nothing\nconfig show router.port -q\n', ['-e'], 2, ''],
  ['set -e\nfor n in ["zz", "show"] : config $n router.port -q\n', [], 2, ''],
  ['config show router.port -q\n$nobody\n', [], 3, 'router.port\n'],
  ["config show 'router", [], 2, ''],
  ['repl', [], 2, ''],
])('%j %j ends with %d', async (text, flags, exit, said) => {
  const {code, stdout} = await script(text, ...flags)
  expect([code, stdout]).toEqual([exit, said])
})

test.each<[string, number, string]>([
  ['nothing\nconfig show router.port -q\n', 2, ''],
  ['set -k\nnothing\nconfig show router.port -q\n', 2, 'router.port\n'],
  ['config show router.port -q\n', 0, 'router.port\n'],
])('piped into the REPL, %j ends with %d', async (text, exit, said) => {
  const {code, stdout} = await runCli(['repl'], {input: text})
  expect([code, stdout]).toEqual([exit, said])
})

test.each<[string[], number, string]>([
  [['-e', '$n = config show router.port', '-e', '$n | select value | csv'], 0, 'VALUE\n9001\n'],
  [['-e', 'nothing', '-e', 'config show router.port -q'], 2, ''],
  [['-e', 'set -k', '-e', 'nothing', '-e', 'config show router.port -q'], 2, 'router.port\n'],
  [['-f', '/no/such/file'], 3, ''],
  [['-f', 'x', '-e', 'y'], 2, ''],
])('repl %j runs no prompt, and ends with %d', async (words, exit, said) => {
  const {code, stdout} = await runCli(['repl', ...words])
  expect([code, stdout]).toEqual([exit, said])
})

test('the REPL takes the lines of a file, too', async () => {
  const path = join(directory, 'lines.vc')
  await writeFile(path, '$n = config show router.port\n$n | select value | csv\n')
  expect(await runCli(['repl', '-f', path])).toMatchObject({code: 0, stdout: 'VALUE\n9001\n'})
})

test('a line that names another cluster takes nothing of the carried one', async () => {
  const {code, stderr} = await script('ids next node --etcd 127.0.0.1:1 --timeout 1s', ...target())
  expect([code, stderr]).toEqual([4, expect.stringContaining('127.0.0.1:1')])
})

test('a file that is not there is named', async () => {
  const {code, stderr} = await runCli(['run', '/no/such/file'])
  expect([code, stderr]).toEqual([3, expect.stringContaining('/no/such/file')])
})

test('every line of the cheat sheet is understood', async () => {
  const text = await readFile(new URL('../../../dist/manifest.json', import.meta.url), 'utf8')
  const ids = Object.keys((JSON.parse(text) as {commands: object}).commands)
  const known = {commands: new Set(ids), suggestions: ids}
  for (const {about, type} of cheatSheet) {
    if (about === 'key') continue
    const line = parseLine(type)
    const pipeline = line.type === 'loop' ? parseLine(line.body) : line
    if (pipeline.type !== 'pipeline') throw new Error(`${type} is no pipeline`)
    if (!pipeline.isValue) expect(understand(pipeline.source.split(' '), known), type).toMatchObject({type: 'command'})
    for (const stage of pipeline.stages) expect(Object.keys(stages), type).toContain(/^([!>]|\S+)/.exec(stage)?.[0])
  }
})

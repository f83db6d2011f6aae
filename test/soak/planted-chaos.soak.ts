/**
 * Chaos on real processes with a planted bug in them: what wrecking them does not show in these, it shows in none. The bug is one
 * that the death of processes brings out; most of what the simulator finds needs the power to fail.
 */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {cp, mkdir, rm, symlink} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, expect} from 'vitest'
import {describe, it} from '../harness/with-etcd.js'
import {plant} from '../sim/mutants/apply.js'
import {planted} from '../sim/mutants/planted.js'

const root = join(import.meta.dirname, '..', '..')
const copy = join(root, 'dist', 'mutants', 'chaos')
const plan = join(import.meta.dirname, '..', 'chaos', 'plans', 'every-server-dies.json')
const minutes = 60_000

/** The package as it is built, with the bug in it. */
async function packaged(bug: string): Promise<void> {
  const mutant = planted.find(({name}) => name.startsWith(bug))
  if (mutant === undefined) throw new Error(`no bug '${bug}' is planted`)
  await rm(copy, {recursive: true, force: true})
  await mkdir(copy, {recursive: true})
  await plant(join(root, 'dist'), join(copy, 'dist'), mutant)
  for (const part of ['package.json', 'bin', 'dist/command-names.json', 'dist/commands']) {
    await cp(join(root, part), join(copy, part), {recursive: true})
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
}

describe('chaos on processes with a planted bug', () => {
  afterAll(() => rm(copy, {recursive: true, force: true}))

  it(
    'sees that a restart trusts nothing after the commit index that it finds',
    async () => {
      await packaged('truncate a committed entry')
      const main = join(copy, 'dist', 'test', 'chaos', 'main.js')
      const child = spawn(process.execPath, [main, '--seed', '5', '--plan', plan], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let said = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
      const [code] = await once(child, 'close')
      const [, kept] = /kept: (\S+)/.exec(said) ?? []
      if (kept !== undefined) await rm(kept, {recursive: true, force: true})
      expect(code, said).toBe(1)
      expect(said).toMatch(/^P[12]: /m)
    },
    10 * minutes,
  )
})

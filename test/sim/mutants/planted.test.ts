/** The planted bugs are still bugs of today's code: what each of them changes is there, once. */
import {existsSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {type Compiled, compile} from '../../harness/compiled.js'
import {edited} from './apply.js'
import {planted} from './planted.js'

const root = join(import.meta.dirname, '..', '..', '..')

describe('the planted bugs', () => {
  let compiled: Compiled
  beforeAll(async () => {
    const files = planted.flatMap(({edits}) => edits.map(({file}) => file.replace(/\.js$/, '.ts')))
    compiled = await compile(...new Set(files))
  })
  afterAll(() => compiled?.remove())

  test.each(planted)('$name', async ({edits, foundBy, plan}) => {
    const texts = new Map<string, string>()
    for (const edit of edits) {
      const text = texts.get(edit.file) ?? (await readFile(join(compiled.directory, edit.file), 'utf8'))
      texts.set(edit.file, edited(text, edit))
    }
    if (foundBy !== undefined) expect(existsSync(join(root, foundBy)), `${foundBy} is there`).toBe(true)
    if (plan !== undefined) expect(existsSync(join(root, 'test/sim/plans', plan)), `${plan} is there`).toBe(true)
  })

  test('are many, and none twice', () => {
    expect(new Set(planted.map(({name}) => name)).size).toBe(planted.length)
    expect(planted.filter(({foundBy}) => foundBy === undefined).length).toBeGreaterThanOrEqual(32)
  })
})

test.each([
  ['not there', 'b c'],
  ['there twice', 'a a'],
])('a mutant whose code is %s is stale', (_, text) => {
  expect(() => edited(text, {file: 'x.js', find: 'a', replace: 'd'})).toThrow('the mutant is stale')
})

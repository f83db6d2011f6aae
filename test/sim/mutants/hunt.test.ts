/**
 * The gate hunts each planted bug by the plan that aims at it and a few seeds: most are found by the first. The soak hunts on, until
 * each is found.
 */
import {execFile} from 'node:child_process'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {expect, test} from 'vitest'

const hunt = join(import.meta.dirname, '..', '..', '..', 'dist', 'test', 'sim', 'mutants', 'hunt.js')
const minutes = 60_000
const foundMin = 42

test('the simulator finds planted bugs', {timeout: 15 * minutes}, async () => {
  const args = [hunt, '--seeds', '60', '--seconds', '40']
  const {stdout} = await promisify(execFile)(process.execPath, args).catch((thrown: {stdout: string}) => thrown)
  const [, found = '0'] = /^mutants: (\d+) of /m.exec(stdout) ?? []
  expect(Number(found), stdout).toBeGreaterThanOrEqual(foundMin)
})

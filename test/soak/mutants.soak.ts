/** Every planted bug is hunted until it is found, by two hundred seeds at most. */
import {execFile} from 'node:child_process'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {expect, test} from 'vitest'

const hunt = join(import.meta.dirname, '..', '..', 'dist', 'test', 'sim', 'mutants', 'hunt.js')
const hours = 3_600_000

test('the simulator finds every planted bug', {timeout: 6 * hours}, async () => {
  const args = [hunt, '--seeds', '200', '--seconds', '30']
  const {stdout} = await promisify(execFile)(process.execPath, args).catch((thrown: {stdout: string}) => thrown)
  expect(stdout).toMatch(/^mutants: (\d+) of \1 found/m)
})

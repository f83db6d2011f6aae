/** Whole clusters in virtual time, seeds that nobody played before: `SIM_MINUTES` of them, on all cores. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'
import {expect, test} from 'vitest'

const minutes = Number(process.env.SIM_MINUTES ?? 30)
const main = join(import.meta.dirname, '..', '..', 'dist', 'test', 'sim', 'main.js')

test('no seed breaks a promise', {timeout: (minutes + 15) * 60_000}, async () => {
  const simulator = spawn(process.execPath, [main, '--minutes', String(minutes)], {stdio: 'inherit'})
  const [code] = await once(simulator, 'exit')
  expect(code).toBe(0)
})

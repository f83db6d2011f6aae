/** A run of chaos as part of the tests: short by itself, as long as the gate has time for in the gate. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'
import {expect} from 'vitest'
import {testSeed} from '../harness/random.js'
import {describe, it} from '../harness/with-etcd.js'

const seed = testSeed()
const minutes = Number(process.env.CHAOS_MINUTES ?? (process.env.CI ? 4 : 0.5))
const main = join(import.meta.dirname, '..', '..', 'dist', 'test', 'chaos', 'main.js')
/** Beyond the rounds: the start, the last round, the verdict. */
const aroundMs = 300_000

describe(`a cluster of real processes that is wrecked on purpose (SEED=${seed})`, () => {
  it(
    'keeps its promises',
    async () => {
      const args = [main, '--seed', String(seed), '--minutes', String(minutes)]
      const child = spawn(process.execPath, args, {stdio: ['ignore', 'pipe', 'inherit']})
      let said = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
      const [code] = await once(child, 'close')
      expect(code, said).toBe(0)
    },
    minutes * 60_000 + aroundMs,
  )
})

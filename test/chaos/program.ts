import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'
import {expect} from 'vitest'

const main = join(import.meta.dirname, '..', '..', 'dist', 'test', 'chaos', 'main.js')

/** Runs chaos as an operator would, and fails with all that it said. */
export async function keepsItsPromises(seed: number, minutes: number): Promise<void> {
  const args = [main, '--seed', String(seed), '--minutes', String(minutes)]
  const child = spawn(process.execPath, args, {stdio: ['ignore', 'pipe', 'inherit']})
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const [code] = await once(child, 'close')
  expect(code, said).toBe(0)
}

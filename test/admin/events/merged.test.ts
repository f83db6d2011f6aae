import {expect, test} from 'vitest'
import {merged} from '../../../src/admin/events/merged.js'

async function* numbers(from: number, to: number): AsyncGenerator<number> {
  for (let at = from; at <= to; at++) yield at
}

async function* silence(signal: AbortSignal, onEnd: () => void): AsyncGenerator<number> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), {once: true}))
  onEnd()
}

async function* failing(): AsyncGenerator<number> {
  yield 1
  throw new Error('broken')
}

const never = new AbortController().signal
const all = async (stream: AsyncIterable<number>) => {
  const seen: number[] = []
  for await (const each of stream) seen.push(each)
  return seen
}

test('one that says nothing holds up no other, and is ended with it', async () => {
  let isEnded = false
  const seen = await all(merged(never, (signal) => [silence(signal, () => (isEnded = true)), numbers(1, 3)]))
  expect([seen, isEnded]).toEqual([[1, 2, 3], true])
})

test('whoever stops listening ends them', async () => {
  let isEnded = false
  for await (const each of merged(never, (signal) => [silence(signal, () => (isEnded = true)), numbers(1, 9)])) {
    if (each === 2) break
  }
  expect(isEnded).toBe(true)
})

test('a failure of one is a failure of all', async () => {
  await expect(all(merged(never, (signal) => [silence(signal, () => {}), failing()]))).rejects.toThrow('broken')
})

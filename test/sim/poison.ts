/**
 * Takes the outside away from everything that is imported after this: clocks, timers, randomness, threads, disks. Whoever
 * reaches for one beside `Env` gets an error with a stack instead of a run that cannot be repeated.
 *
 * What only describes the machine (cores, memory) answers alike everywhere; `scrypt`, which works on threads, answers at
 * once with something cheaper.
 */
import crypto from 'node:crypto'
import fs from 'node:fs/promises'
import {syncBuiltinESMExports} from 'node:module'
import os from 'node:os'
import timers from 'node:timers'
import timersPromises from 'node:timers/promises'

/** What the simulator itself needs of the real world: to let other callbacks of the process run, and to measure its speed. */
export const real = {
  setImmediate: globalThis.setImmediate,
  nowMs: performance.now.bind(performance),
}

const memoryBytes = 16 * 1024 ** 3

function forbidden(name: string): () => never {
  return () => {
    throw new Error(`${name} is not the simulator's: take it from Env`)
  }
}

function forbid(target: object, path: string, names: readonly string[]): void {
  for (const name of names) Reflect.set(target, name, forbidden(`${path}${name}`))
}

const RealDate = globalThis.Date
/** Dates of a given moment are arithmetic. */
class PureDate extends RealDate {
  constructor(...given: readonly unknown[]) {
    if (given.length === 0) forbidden('new Date()')()
    super(...(given as [number]))
  }
}
Object.defineProperty(PureDate, 'now', {value: forbidden('Date.now')})
globalThis.Date = PureDate as DateConstructor

forbid(Math, 'Math.', ['random'])
forbid(performance, 'performance.', ['now'])
const timerNames = ['setTimeout', 'setInterval', 'setImmediate']
forbid(globalThis, '', [...timerNames, 'fetch'])
forbid(timers, 'timers.', timerNames)
forbid(timersPromises, 'timers.promises.', timerNames)
forbid(AbortSignal, 'AbortSignal.', ['timeout'])
forbid(globalThis.crypto, 'crypto.', ['getRandomValues', 'randomUUID'])
const crypted = ['randomBytes', 'randomInt', 'randomUUID', 'randomFill', 'randomFillSync', 'getRandomValues', 'pbkdf2']
forbid(crypto, 'crypto.', crypted)
forbid(
  fs,
  'fs.',
  Object.keys(fs).filter((name) => name !== 'constants'),
)

Object.assign(crypto, {
  scrypt: (
    password: string,
    salt: Uint8Array,
    bytes: number,
    ...[, done]: [unknown, (e: null, key: Buffer) => void]
  ) => {
    const key = crypto.createHash('sha512').update(password).update(salt).digest().subarray(0, bytes)
    queueMicrotask(() => done(null, key))
  },
})
Object.assign(os, {availableParallelism: () => 4, totalmem: () => memoryBytes, freemem: () => memoryBytes / 2})
Object.assign(process, {availableMemory: () => memoryBytes / 2, constrainedMemory: () => 0})
Object.assign(process.memoryUsage, {rss: () => memoryBytes / 2})

syncBuiltinESMExports()

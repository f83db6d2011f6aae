import {expect, test} from 'vitest'
import {systemRandom} from '../../src/env/random.js'
import {equalInConstantTime, PasswordHasher} from '../../src/master/password.js'

const hasher = new PasswordHasher(systemRandom)

test('a hash verifies its password and no other, and two hashes of one password differ', async () => {
  const [first, second] = await Promise.all([hasher.hash('geheim'), hasher.hash('geheim')])
  expect(first).toMatch(/^scrypt\$16384\$8\$1\$[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}$/)
  expect(first).not.toBe(second)
  expect(await hasher.verify('geheim', first)).toBe(true)
  expect(await hasher.verify('Geheim', first)).toBe(false)
  expect(await hasher.verify(first, first)).toBe(false)
})

test.each(['secret', '', 'scrypt$', 'scrypt$16384$8$1$x', 'scrypt$3$8$1$YQ==$YQ==', 'scrypt$1048576$64$1$YQ==$YQ=='])(
  'the plain value %j of a real Vearch is accepted as it is',
  async (stored) => {
    expect(await hasher.verify(stored, stored)).toBe(true)
    expect(await hasher.verify(`${stored}x`, stored)).toBe(false)
  },
)

test('a crowd of checks is refused rather than queued for ever', async () => {
  const stored = await hasher.hash('p')
  const outcomes = await Promise.allSettled(
    Array.from({length: 300}, () => hasher.verify('p', stored.replace('16384', '16'))),
  )
  expect(outcomes.filter(({status}) => status === 'rejected').length).toBe(300 - 258)
  expect(await hasher.verify('p', stored)).toBe(true)
})

test('comparison', () => {
  expect(equalInConstantTime('a', 'a')).toBe(true)
  expect(equalInConstantTime('a', 'ab')).toBe(false)
})

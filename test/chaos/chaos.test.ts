/** Chaos as one of the tests: short by itself, as long as there is time for in the gate. */
import {testSeed} from '../harness/random.js'
import {describe, it} from '../harness/with-etcd.js'
import {keepsItsPromises} from './program.js'

const seed = testSeed()
const minutes = Number(process.env.CHAOS_MINUTES ?? (process.env.CI ? 5 : 0.5))
/** Beyond the rounds: the start, the last round, the verdict. */
const aroundMs = 300_000

describe(`a cluster of real processes that is wrecked on purpose (SEED=${seed})`, () => {
  it('keeps its promises', () => keepsItsPromises(seed, minutes), minutes * 60_000 + aroundMs)
})

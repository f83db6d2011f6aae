/** Chaos for as long as CHAOS_MINUTES says, two hours if it says nothing. */

import {keepsItsPromises} from '../chaos/program.js'
import {testSeed} from '../harness/random.js'
import {describe, it} from '../harness/with-etcd.js'

const seed = testSeed()
const minutes = Number(process.env.CHAOS_MINUTES ?? 120)

describe(`a cluster of real processes that is wrecked for long (SEED=${seed})`, () => {
  it('keeps its promises', () => keepsItsPromises(seed, minutes), 2 * minutes * 60_000)
})

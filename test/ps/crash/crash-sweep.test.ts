/** A partition server meets a fault at every call that it makes to its disk and at every named site of its code. */
import {afterAll, describe, expect, it} from 'vitest'
import type {FailpointSite} from '../../../src/env/failpoints.js'
import {reportFigures} from '../../harness/figures.js'
import {everySite} from '../../harness/sim-failpoints.js'
import {Sweep} from './sweep.js'

const seed = Number(process.env.SEED ?? 1)
const hitsMin = 20
/** What a server alone in its groups does not reach, and who does. */
const elsewhere: Partial<Record<FailpointSite, string>> = {
  'snapshot.send.before': 'a leader with members that lag: the simulator',
  'leadership.transfer.before': 'a leader with an heir: the simulator',
  'meta.transaction.before': 'metadata: test/meta/failpoints.test.ts',
  'meta.transaction.after': 'metadata: test/meta/failpoints.test.ts',
  'meta.ids.before': 'metadata: test/meta/failpoints.test.ts',
  'meta.ids.after': 'metadata: test/meta/failpoints.test.ts',
}

describe('a partition server', {timeout: 900_000}, () => {
  const sweep = new Sweep(seed)
  afterAll(() => {
    const {points, pointsInAll} = sweep
    reportFigures('sweep', {points: {part: points, of: pointsInAll}, visited: points})
  })

  // `crash after` a call differs from `crash before` the next only by what was acknowledged in between: the soak has it.
  it('holds what it acknowledged, and nothing that it refused, wherever the power goes', async () => {
    await sweep.everyCall(['crash before', 'crash torn'])
    expect(sweep.failures).toEqual([])
  })

  it('holds it wherever the disk fails or is full', async () => {
    await sweep.everyCall(['EIO', 'ENOSPC'])
    expect(sweep.failures).toEqual([])
  })

  it('holds it wherever a named site ends the process or fails', async () => {
    await sweep.everySite()
    expect(sweep.failures).toEqual([])
  })

  it('has been at every site', () => {
    const rarely = everySite.filter((site) => (sweep.hits.get(site) ?? 0) < hitsMin && elsewhere[site] === undefined)
    expect(rarely).toEqual([])
  })
})

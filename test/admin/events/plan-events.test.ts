import {expect, test} from 'vitest'
import {planEvents} from '../../../src/admin/events/plan-events.js'
import {english} from '../../../src/admin/messages/english.js'
import {planDrain} from '../../../src/admin/plan/node-plans.js'
import {PlanJournal} from '../../../src/admin/plan/plan-journal.js'
import {nodeId} from '../../../src/entity/ids.js'
import {SeededRandom} from '../../harness/random.js'
import {SimDisk} from '../../harness/sim-disk.js'
import {fixture} from '../cluster-fixture.js'

test('the steps of plans are told as they are written down, and none of before', async () => {
  const journal = new PlanJournal(new SimDisk(new SeededRandom(1)), '/state/plans')
  const plan = planDrain(fixture(), nodeId(1))
  const at = '2026-01-01T00:00:00.000Z'
  await journal.keep(plan)
  await journal.record(plan.id, {at, event: 'begun', step: 0})
  const ending = new AbortController()
  // what others write while it sleeps
  const sleep = async () => {
    await journal.record(plan.id, {at, event: 'done', step: 0})
    await journal.record(plan.id, {at, event: 'failed', step: 1, outcome: 'unknown', reason: 'no answer'})
  }
  const told: string[] = []
  for await (const {change} of planEvents(journal, {catalogue: english, clock: {sleep}, signal: ending.signal})) {
    told.push(change)
    if (told.length === 2) ending.abort()
  }
  expect(told).toEqual([
    expect.stringMatching(/^done 1\/2 .*partition 1/),
    expect.stringMatching(/^failed 2\/2 .*partition 2.*: no answer \(unknown\)$/),
  ])
})

/** Plans that are applied, cut short, resumed, refused and taken back, against a cluster in memory and a disk that can lose power. */
import {describe, expect, test} from 'vitest'
import {english} from '../../../src/admin/messages/english.js'
import {textOf} from '../../../src/admin/messages/message.js'
import {type ClusterPicture, pictureOf} from '../../../src/admin/picture/picture.js'
import {planDrain, planRecover} from '../../../src/admin/plan/node-plans.js'
import type {Plan} from '../../../src/admin/plan/plan.js'
import {PlanJournal} from '../../../src/admin/plan/plan-journal.js'
import {type RunParts, type RunResult, runPlan, type StepProgress, undoPlan} from '../../../src/admin/plan/plan-run.js'
import {planRepair} from '../../../src/admin/plan/repair.js'
import {planText} from '../../../src/cli/step-view.js'
import {nodeId, partitionId, spaceId} from '../../../src/entity/ids.js'
import {CodedError} from '../../../src/errors/coded-error.js'
import {SeededRandom, testSeed} from '../../harness/random.js'
import {type Fault, SimDisk} from '../../harness/sim-disk.js'
import {fixture, keys, nowMs} from '../cluster-fixture.js'
import {ModelHands} from './model-hands.js'

const clock = {wallMs: () => nowMs, sleep: async () => {}}
const directory = '/state/plans'

interface Run {
  readonly disk: SimDisk
  readonly hands: ModelHands
  readonly cancel: AbortController
  readonly seen: StepProgress[]
  apply(plan: Plan, options?: Pick<RunParts, 'stepsMax' | 'stopsOnError' | 'late' | 'whenEnded'>): Promise<RunResult>
}

function prepare(picture = fixture(), disk = new SimDisk(new SeededRandom(1))): Run {
  const hands = new ModelHands(picture)
  const cancel = new AbortController()
  const seen: StepProgress[] = []
  const journal = new PlanJournal(disk, directory)
  const apply: Run['apply'] = (plan, options = {}) =>
    runPlan(plan, {
      ...options,
      journal,
      hands,
      look: async () => hands.picture,
      clock,
      signal: cancel.signal,
      onStep: (step) => seen.push(step),
    })
  return {disk, hands, cancel, seen, apply}
}

const drain = () => planDrain(fixture(), nodeId(1))

test('a plan is applied step by step, and looked at afterwards', async () => {
  const run = prepare()
  const result = await run.apply(drain())
  expect(result).toMatchObject({state: 'applied', done: 2, of: 2, error: null, unmet: []})
  expect(run.seen.map(({at, state}) => `${at} ${state}`)).toEqual(['0 begun', '0 done', '1 begun', '1 done'])
  const history = await new PlanJournal(run.disk, directory).read(drain().id)
  expect([history.state, history.done]).toEqual(['applied', 2])
})

test('one that is applied already does nothing', async () => {
  const run = prepare()
  await run.apply(drain())
  const again = await run.apply(drain())
  expect(again.state).toBe('applied')
  expect(run.hands.taken).toEqual(['moveReplica 1', 'moveReplica 2'])
})

test('a cluster that has changed is refused before anything is done', async () => {
  const plan = drain()
  const picture = fixture()
  const partitions = new Map(picture.metadata.partitions)
  const record = partitions.get(partitionId(2))
  if (record === undefined) throw new Error('there is a partition 2')
  partitions.set(partitionId(2), {...record, modRevision: 91})
  const run = prepare({...picture, metadata: {...picture.metadata, partitions}})
  await expect(run.apply(plan)).rejects.toMatchObject({
    errorName: 'GUARD_FAILED',
    detail: expect.stringContaining(
      `${keys.partition(partitionId(2))} was at revision ${record.modRevision}, is at 91`,
    ),
  })
  expect(run.hands.taken).toEqual([])
})

test('a cluster that changed while the plan stood still is refused where it matters, and the steps that are done are told', async () => {
  const run = prepare()
  run.hands.after = () => run.cancel.abort()
  await run.apply(drain())
  const {picture} = run.hands
  const partitions = new Map(picture.metadata.partitions)
  for (const [id, record] of partitions) partitions.set(id, {...record, modRevision: 95})
  const later = {...picture, metadata: {...picture.metadata, partitions}}
  await expect(prepare(later, run.disk).apply(drain())).rejects.toMatchObject({
    // partition 1 was changed by the plan itself
    facts: {stale: [{key: keys.partition(partitionId(2))}]},
    hint: expect.stringContaining('1 of 2 steps'),
  })
})

test('another cluster is refused', async () => {
  await expect(prepare().apply({...drain(), cluster: 'other'})).rejects.toThrow(/for cluster other/)
})

test('a step that fails ends the run, and the next run goes on with it', async () => {
  const run = prepare()
  run.hands.before = (step) => {
    if ('partition' in step && step.partition === 2)
      throw new CodedError('SERVICE_UNAVAILABLE', 'no master', {outcome: 'unknown'})
  }
  const failed = await run.apply(drain())
  expect(failed).toMatchObject({
    state: 'failed',
    done: 1,
    of: 2,
    error: {errorName: 'SERVICE_UNAVAILABLE', outcome: 'unknown'},
  })
  run.hands.before = () => {}
  expect(await run.apply(drain())).toMatchObject({state: 'applied', done: 2})
  expect(run.hands.taken).toEqual(['moveReplica 1', 'moveReplica 2'])
})

test('a step whose answer was lost is found done', async () => {
  const run = prepare()
  run.hands.after = () => {
    throw new CodedError('TIMEOUT', 'no answer', {outcome: 'unknown'})
  }
  expect(await run.apply(drain())).toMatchObject({state: 'failed', done: 0})
  run.hands.after = () => {}
  expect(await run.apply(drain())).toMatchObject({state: 'applied'})
  expect(run.seen.map(({at, state}) => `${at} ${state}`)).toEqual(['0 begun', '0 found done', '1 begun', '1 done'])
})

test('a cancel ends between two steps and says how to go on', async () => {
  const run = prepare()
  run.hands.after = () => run.cancel.abort(new CodedError('TIMEOUT', 'the time is up', {outcome: 'unknown'}))
  const result = await run.apply(drain())
  expect(result).toMatchObject({
    state: 'cancelled',
    done: 1,
    of: 2,
    error: {errorName: 'TIMEOUT', outcome: 'unknown', hint: `resume with: vearchctl plan resume ${drain().id}`},
  })
  const resumed = prepare(run.hands.picture, run.disk)
  expect(await resumed.apply(drain())).toMatchObject({state: 'applied', done: 2})
  expect(resumed.hands.taken).toEqual(['moveReplica 2'])
})

test('no more steps than were asked for, and the next run goes on', async () => {
  const run = prepare()
  expect(await run.apply(drain(), {stepsMax: 1})).toMatchObject({
    state: 'paused',
    done: 1,
    of: 2,
    error: null,
    unmet: [],
  })
  const history = await new PlanJournal(run.disk, directory).read(drain().id)
  expect([history.state, history.events.at(-1)]).toEqual([
    'paused',
    expect.objectContaining({event: 'paused', step: 1, reason: null}),
  ])
  expect(planText(history, english).split('\n')).toEqual([
    expect.stringContaining('node drain 1'),
    expect.stringMatching(/, paused, 1 of 2 steps done$/),
    'x  1 move the replica of partition 1 from node 1 to node 4',
    '-  2 move the replica of partition 2 from node 1 to node 4',
    '! before step 2: --step',
    `next: vearchctl plan resume ${drain().id}`,
    '',
  ])
  expect(await run.apply(drain(), {stepsMax: 1})).toMatchObject({state: 'applied', done: 2})
  expect(run.hands.taken).toEqual(['moveReplica 1', 'moveReplica 2'])
})

describe('a run whose time is over', () => {
  test('begins with nothing more, and the next run goes on', async () => {
    const run = prepare()
    const late = new AbortController()
    run.hands.after = () => late.abort()
    const result = await run.apply(drain(), {late: late.signal})
    expect(result).toMatchObject({state: 'paused', done: 1, of: 2, error: null})
    const history = await new PlanJournal(run.disk, directory).read(drain().id)
    expect(planText(history, english)).toContain('! before step 2: --deadline')
    expect(await run.apply(drain())).toMatchObject({state: 'applied', done: 2})
    expect(run.hands.taken).toEqual(['moveReplica 1', 'moveReplica 2'])
  })

  test('leaves a step to the master that is at it, and the next run finds it done', async () => {
    const run = prepare()
    const late = new AbortController()
    const {moveReplica} = run.hands
    run.hands.moveReplica = async (step) => {
      late.abort()
      await moveReplica(step)
      // whoever asked has stopped waiting
      throw late.signal.reason
    }
    expect(await run.apply(drain(), {late: late.signal})).toMatchObject({state: 'paused', done: 0, error: null})
    run.hands.moveReplica = moveReplica
    expect(await run.apply(drain())).toMatchObject({state: 'applied', done: 2})
    expect(run.seen.map(({at, state}) => `${at} ${state}`)).toEqual(['0 begun', '0 found done', '1 begun', '1 done'])
  })

  test('waits for a step that a master still is at, and does not ask for it once more', async () => {
    const run = prepare()
    const late = new AbortController()
    const {moveReplica} = run.hands
    run.hands.moveReplica = async () => {
      late.abort()
      throw late.signal.reason
    }
    await run.apply(drain(), {late: late.signal})
    run.hands.moveReplica = moveReplica
    const whenEnded = async () => 'done' as const
    expect(await run.apply(drain(), {whenEnded})).toMatchObject({state: 'applied', done: 2})
    expect(run.hands.taken).toEqual(['moveReplica 2'])
    expect(run.seen.map(({at, state}) => `${at} ${state}`)).toEqual([
      ...['0 begun', '0 awaited', '0 found done'],
      ...['1 begun', '1 done'],
    ])
  })

  test('is told apart from one that was cancelled', async () => {
    const run = prepare()
    const late = new AbortController()
    run.hands.after = () => {
      late.abort()
      run.cancel.abort()
    }
    expect((await run.apply(drain(), {late: late.signal})).state).toBe('cancelled')
  })
})

describe('a cluster that gets worse between two steps', () => {
  /** Everybody who has partition 1 is gone for so many looks after the first step. */
  const breaking = (looks: number) => {
    const run = prepare(fixture((cluster) => cluster.addSpace(2, 'other', [3])))
    const sound = () => run.hands.picture
    let left = 0
    run.hands.after = () => {
      left = looks
    }
    const look = async () => (left-- > 0 ? withoutServers(sound()) : sound())
    const journal = new PlanJournal(run.disk, directory)
    const {hands} = run
    const parts = {journal, hands, look, clock, signal: run.cancel.signal}
    const plan = planDrain(sound(), nodeId(1))
    return {plan, taken: hands.taken, apply: (stopsOnError: boolean) => runPlan(plan, {...parts, stopsOnError})}
  }

  test('ends the run where that is wished, and says by what', async () => {
    const {plan, apply, taken} = breaking(1_000)
    const result = await apply(true)
    expect(result).toMatchObject({state: 'paused', done: 1, error: {errorName: 'GUARD_FAILED'}})
    expect(result.error?.detail).toMatch(/^the cluster has got worse: VC101 partition \d/)
    expect(taken).toHaveLength(1)
    expect(plan.steps.length).toBeGreaterThan(1)
  })

  test('is given time to become as it was', async () => {
    const {plan, apply} = breaking(3)
    expect(await apply(true)).toMatchObject({state: 'applied', done: plan.steps.length})
  })

  test('does not end it unasked', async () => {
    const {plan, apply} = breaking(1_000)
    expect(await apply(false)).toMatchObject({state: 'applied', done: plan.steps.length})
  })
})

test('a plan that did not come out as wanted says what is missing', async () => {
  const run = prepare()
  const plan = drain()
  const result = await run.apply({
    ...plan,
    verify: [{expect: 'replicas', partition: partitionId(1), replicas: [1, 2].map(nodeId)}],
  })
  expect(result.unmet.map((message) => textOf(message))).toEqual([
    'partition 1 should have replicas 1, 2 and has 2, 3, 4',
  ])
})

test('what was done is taken back, last first', async () => {
  const run = prepare()
  await run.apply(drain())
  const undo = undoPlan(await new PlanJournal(run.disk, directory).read(drain().id), nowMs)
  expect(undo.steps).toEqual([
    {do: 'moveReplica', partition: 2, from: 4, to: 1},
    {do: 'moveReplica', partition: 1, from: 4, to: 1},
  ])
  expect(await run.apply(undo)).toMatchObject({state: 'applied'})
  expect(
    run.hands.picture.metadata.spaces.get(spaceId(1))?.value.partitions.map(({replicas = []}) => [...replicas].sort()),
  ).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
})

test('what cannot be taken back is refused', async () => {
  const failed = fixture((cluster) => cluster.fail(3))
  const run = prepare(failed)
  const plan = planRecover(failed, nodeId(3))
  await run.apply(plan)
  const history = await new PlanJournal(run.disk, directory).read(plan.id)
  expect(() => undoPlan(history, nowMs)).toThrow(/forgetNode cannot be taken back/)
})

test('a write of a record is held to the revision that was read', async () => {
  const picture = fixture((cluster) => cluster.editPartition(1, {leader_name: 3}))
  const plan = planRepair(picture, 'VC102', null)
  const run = prepare(picture)
  const revisions: (number | null)[] = []
  const write = run.hands.write
  run.hands.write = async (step, revision?: number | null) => {
    revisions.push(revision ?? null)
    await write(step)
  }
  expect(await run.apply(plan)).toMatchObject({state: 'applied', unmet: []})
  expect(revisions).toEqual([picture.metadata.partitions.get(partitionId(1))?.modRevision])
})

const crashes: readonly Fault['kind'][] = ['crash before', 'crash after', 'crash torn']

test.each(crashes)('power lost at every call of the disk (%s): resumed, every step is taken once', async (kind) => {
  const seed = testSeed()
  const calls = await callsOf(drain())
  for (let at = 1; at <= calls; at++) {
    const trouble = `SEED=${seed} ${kind} at ${at}`
    const disk = new SimDisk(new SeededRandom(seed + at), {at, kind})
    const first = prepare(fixture(), disk)
    await Promise.race([first.apply(drain()), disk.crashed])
    const second = prepare(first.hands.picture, disk.afterCrash())
    expect(await second.apply(drain()), trouble).toMatchObject({state: 'applied', unmet: []})
    expect([...first.hands.taken, ...second.hands.taken], trouble).toEqual(['moveReplica 1', 'moveReplica 2'])
  }
})

async function callsOf(plan: Plan): Promise<number> {
  const run = prepare()
  await run.apply(plan)
  return run.disk.calls
}

test('what a crash left behind a line is not heard again when the line is written over', async () => {
  const {disk} = prepare()
  const journal = new PlanJournal(disk, directory)
  const plan = drain()
  await journal.keep(plan)
  const begun = {at: new Date(nowMs).toISOString(), event: 'begun', step: 0} as const
  const garbage = 'x'.repeat(JSON.stringify(begun).length)
  const stale = JSON.stringify({...begun, event: 'done', step: 0})
  const path = `${directory}/${plan.id}.jsonl`
  const file = await disk.open(path)
  await file.write(new TextEncoder().encode(`${garbage}\n${stale}\n`), await file.size())
  await file.close()
  await journal.record(plan.id, begun)
  expect((await journal.read(plan.id)).events).toEqual([begun])
})

test('plans are listed, and strangers among the files are not', async () => {
  const run = prepare()
  const journal = new PlanJournal(run.disk, directory)
  await journal.keep(drain())
  await journal.keep({...drain(), id: 'p0123', madeAt: '2020-01-01T00:00:00.000Z'})
  const file = await run.disk.open(`${directory}/notes.txt`, {create: true})
  await file.close()
  expect((await journal.list()).map(({plan, state}) => [plan.id, state])).toEqual([
    ['p0123', 'new'],
    [drain().id, 'new'],
  ])
  await expect(journal.read('p9')).rejects.toMatchObject({errorName: 'NOT_FOUND'})
  expect(await journal.find('../../etc/passwd')).toBeNull()
})

function withoutServers(picture: ClusterPicture): ClusterPicture {
  return pictureOf({...picture, metadata: {...picture.metadata, servers: new Map()}, nodes: new Map()})
}

/** How a follower's progress goes from mode to mode. */
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {addInflight, emptyInflight, freeThrough, isFull} from '../../src/raft/inflight.js'
import {
  accepted,
  awaitSnapshot,
  newProgress,
  type Progress,
  probe,
  rejected,
  replicate,
  sent,
} from '../../src/raft/progress.js'
import {property} from '../harness/property.js'

type Change = (progress: Progress) => unknown

const probing: Change = (progress) => accepted(progress, 3, 1) ?? probe(progress)
const replicating: Change = (progress) => accepted(progress, 3, 1)
const inSnapshot: Change = (progress) => {
  accepted(progress, 3, 1)
  awaitSnapshot(progress, 20)
}

const rows: readonly (readonly [string, from: Change, Change, string])[] = [
  ['new: its place is unknown', () => {}, () => {}, 'probe 0 next 10'],
  ['new: accepts', () => {}, (p) => accepted(p, 9, 1), 'replicate 9 next 10'],
  ['new: accepts less than was sent', () => {}, (p) => accepted(p, 4, 1), 'replicate 4 next 5'],
  ['new: refuses with a hint', () => {}, (p) => rejected(p, 9, 4), 'probe 0 next 5'],
  ['new: refuses with a hint at the place itself', () => {}, (p) => rejected(p, 9, 9), 'probe 0 next 9'],
  ['new: refuses another place', () => {}, (p) => rejected(p, 7, 4), 'probe 0 next 10'],
  ['new: has nothing at all', () => {}, (p) => rejected(p, 9, 0), 'probe 0 next 1'],
  ['probing: a probe goes out', probing, (p) => sent(p, 5, 40), 'probe 3 next 4 paused'],
  ['probing: accepts', probing, (p) => accepted(p, 5, 1), 'replicate 5 next 6'],
  ['probing: refuses below what it has', probing, (p) => rejected(p, 3, 1), 'probe 3 next 4'],
  ['probing: a refusal ends the wait', probing, (p) => sent(p, 5, 40) ?? rejected(p, 3, 3), 'probe 3 next 4'],
  ['replicating: sends ahead', replicating, (p) => sent(p, 5, 40) ?? sent(p, 7, 40), 'replicate 3 next 8 inflight 2'],
  ['replicating: an empty append is not counted', replicating, (p) => sent(p, 3, 0), 'replicate 3 next 4'],
  ['replicating: an answer frees', replicating, (p) => sent(p, 5, 40) ?? accepted(p, 5, 1), 'replicate 5 next 6'],
  [
    'replicating: a later answer frees the earlier ones',
    replicating,
    (p) => sent(p, 5, 40) ?? sent(p, 7, 40) ?? sent(p, 9, 40) ?? accepted(p, 7, 1),
    'replicate 7 next 10 inflight 1',
  ],
  [
    'replicating: an old answer changes nothing',
    replicating,
    (p) => sent(p, 5, 40) ?? accepted(p, 2, 1),
    'replicate 3 next 6 inflight 1',
  ],
  ['replicating: refuses', replicating, (p) => sent(p, 5, 40) ?? rejected(p, 5, 4), 'probe 3 next 4'],
  [
    'replicating: an old refusal',
    replicating,
    (p) => sent(p, 5, 40) ?? rejected(p, 3, 1),
    'replicate 3 next 6 inflight 1',
  ],
  ['in snapshot: waits', inSnapshot, () => {}, 'snapshot 3 next 4'],
  ['in snapshot: it arrived', inSnapshot, probe, 'probe 3 next 21'],
  ['in snapshot: refuses an old append', inSnapshot, (p) => rejected(p, 3, 1), 'snapshot 3 next 4'],
  [
    'in snapshot: accepts, and the log still does not reach it',
    inSnapshot,
    (p) => accepted(p, 5, 15),
    'snapshot 5 next 6',
  ],
  [
    'in snapshot: accepts, and the log reaches it again',
    inSnapshot,
    (p) => accepted(p, 20, 15),
    'replicate 20 next 21',
  ],
  ['in snapshot: accepts more than the snapshot', inSnapshot, (p) => accepted(p, 25, 15), 'replicate 25 next 26'],
  ['in snapshot: accepts just before the log', inSnapshot, (p) => accepted(p, 14, 15), 'replicate 14 next 15'],
  ['replicating again: from what is known', replicating, (p) => sent(p, 9, 40) ?? replicate(p), 'replicate 3 next 4'],
]

describe('a follower’s progress:', () => {
  test.each(rows)('%s', (_, from, change, after) => {
    const progress = newProgress(10)
    from(progress)
    change(progress)
    const {mode, match, next, isPaused, inflight} = progress
    const inflights = inflight.appends.length > 0 ? ` inflight ${inflight.appends.length}` : ''
    expect(`${mode} ${match} next ${next}${isPaused ? ' paused' : ''}${inflights}`).toBe(after)
  })
})

const windows: readonly (readonly [string, bytes: number[], freed: number, full: boolean])[] = [
  ['an empty one', [], 0, false],
  ['one message of three', [10], 0, false],
  ['as many messages as it may', [10, 10, 10], 0, true],
  ['one that was freed', [10, 10, 10], 1, false],
  ['as many bytes as it may', [60, 40], 0, true],
  ['one message that is too large for it', [500], 0, true],
  ['bytes freed again', [60, 40], 1, false],
  ['all freed', [60, 40], 2, false],
]

describe('a window of three messages and a hundred bytes is full with', () => {
  test.each(windows)('%s', (_, bytes, freed, full) => {
    const inflight = emptyInflight()
    for (const [at, size] of bytes.entries()) addInflight(inflight, at + 1, size)
    freeThrough(inflight, freed)
    expect(isFull(inflight, 3, 100)).toBe(full)
    expect(inflight.bytes).toBe(bytes.slice(freed).reduce((sum, size) => sum + size, 0))
  })
})

type Step =
  | {readonly append: number}
  | {readonly accept: number}
  | {readonly reject: number; readonly agreed: number}
  | {readonly snapshot: number}
  | 'probe'
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {weight: 4, arbitrary: fc.record({append: fc.integer({min: 1, max: 5})})},
  {weight: 3, arbitrary: fc.record({accept: fc.nat(60)})},
  {weight: 2, arbitrary: fc.record({reject: fc.nat(60), agreed: fc.nat(60)})},
  {weight: 1, arbitrary: fc.record({snapshot: fc.nat(60)})},
  {weight: 1, arbitrary: fc.constant<Step>('probe')},
)

property(
  'a follower’s progress never loses what is durable there, nor sends it again',
  [fc.array(anyStep, {maxLength: 40}), fc.nat(30)],
  (steps, keptFrom) => {
    const progress = newProgress(10)
    let durable = 0
    for (const step of steps) {
      if (step === 'probe') probe(progress)
      else if ('append' in step) {
        const {mode, next} = progress
        if (mode !== 'snapshot') sent(progress, next + step.append - 1, 10)
      } else if ('accept' in step) {
        // a follower answers for what it was sent, or has
        const index = Math.min(step.accept, progress.next - 1)
        accepted(progress, index, keptFrom)
        durable = Math.max(durable, index)
      } else if ('reject' in step) rejected(progress, step.reject, step.agreed)
      else awaitSnapshot(progress, durable + step.snapshot)
      expect(progress.match).toBe(durable)
      expect(progress.next).toBeGreaterThan(durable)
      const {appends, bytes} = progress.inflight
      expect(bytes).toBe(appends.length * 10)
      for (const {lastIndex} of appends) {
        expect(lastIndex).toBeGreaterThan(durable)
        expect(lastIndex).toBeLessThan(progress.next)
      }
    }
  },
)

/** What is known of a group's log against the log itself. */
import fc from 'fast-check'
import {expect} from 'vitest'
import {EntryPositions} from '../../../src/raftstore/wal/entry-positions.js'
import {GroupState} from '../../../src/raftstore/wal/group-state.js'
import {property} from '../../harness/property.js'

type Move = 'push' | 'pop' | 'shift'
const moves = fc.array(
  fc.oneof(
    {weight: 3, arbitrary: fc.constant<Move>('push')},
    {weight: 1, arbitrary: fc.constantFrom<Move>('pop', 'shift')},
  ),
  {maxLength: 80},
)

property('a run of positions is a list that both ends may leave', [moves], (all) => {
  const run = new EntryPositions(5)
  const list: number[] = []
  let first = 5
  for (const [at, move] of all.entries()) {
    if (move === 'push') {
      run.push({segment: at + 1, offset: at * 2, bytes: at * 3, term: at * 4})
      list.push(at)
    } else if (list.length > 0) {
      expect(run[move]().term).toBe((list[move]() ?? 0) * 4)
      if (move === 'shift') first += 1
    }
    expect([run.first, run.last]).toEqual([first, first + list.length - 1])
    expect(run.totalBytes).toBe(list.reduce((sum, each) => sum + each * 3, 0))
  }
  const found = Array.from({length: list.length + 2}, (_, at) => run.at(first - 1 + at)?.offset ?? null)
  expect(found).toEqual([null, ...list.map((at) => at * 2), null])
})

type Step =
  | {readonly append: number; readonly term: number}
  | {readonly cutFrom: number}
  | {readonly cutThrough: number}
const step: fc.Arbitrary<Step> = fc.oneof(
  {weight: 6, arbitrary: fc.record({append: fc.nat(3), term: fc.nat(2)})},
  {weight: 1, arbitrary: fc.record({cutFrom: fc.nat(6)})},
  {weight: 1, arbitrary: fc.record({cutThrough: fc.nat(8)})},
)

property(
  'a group knows the log that its records make, and which segments hold it',
  [fc.array(step, {maxLength: 40})],
  (steps) => {
    const held = new Map<number, number>()
    const group = new GroupState(1, (segment) => held.set(segment, (held.get(segment) ?? 0) - 1))
    let log: {readonly index: number; readonly term: number; readonly segment: number}[] = []
    let before = {index: 0, term: 0}
    for (const [at, each] of steps.entries()) {
      const last = log.at(-1) ?? before
      if ('append' in each) {
        // over some of the last entries, as a new leader writes them
        const index = Math.max(before.index + 1, last.index + 1 - each.append)
        const term = last.term + each.term
        const segment = 1 + (at >> 3)
        held.set(segment, (held.get(segment) ?? 0) + 1)
        group.append(index, {segment, offset: at, bytes: 1, term})
        log = [...log.filter((entry) => entry.index < index), {index, term, segment}]
      } else if ('cutFrom' in each) {
        const from = Math.max(before.index + 1, last.index + 1 - each.cutFrom)
        group.truncateSuffix(from)
        log = log.filter(({index}) => index < from)
      } else {
        // beyond the end too: a snapshot came from elsewhere
        const index = before.index + each.cutThrough
        const term = log.find((entry) => entry.index === index)?.term ?? last.term + 1
        group.truncatePrefix(index, term)
        if (index > before.index) before = {index, term}
        log = log.filter((entry) => entry.index > index)
      }
      const end = log.at(-1) ?? before
      expect([group.firstIndex, group.lastIndex, group.lastTerm]).toEqual([before.index + 1, end.index, end.term])
      for (const {index, term} of [before, ...log]) expect(group.termAt(index)).toBe(term)
      expect([group.termAt(before.index - 1), group.termAt(end.index + 1)]).toEqual([null, null])
    }
    const kept = new Map<number, number>()
    for (const {segment} of log) kept.set(segment, (kept.get(segment) ?? 0) + 1)
    expect(new Map([...held].filter(([, count]) => count !== 0))).toEqual(kept)
  },
)

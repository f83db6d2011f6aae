/**
 * A bounded explorer on the core itself: from one start it takes every way that messages, crashes and a slow disk allow, breadth
 * first by batches, and checks the properties of figure 3 in each state it reaches.
 *
 * Messages are a set: each may be delivered at any time, some of them again, or never. EXPLORER_STATES bounds the states.
 */
import {describe, expect, test} from 'vitest'
import {reportFigures} from '../harness/figures.js'
import {type ExplorerBounds, explore} from './network/explorer.js'

const statesMax = Number(process.env.EXPLORER_STATES ?? 60_000)

/** Node 1 led term 2 and node 3 term 3; neither gave its entry to anyone (figure 8, b). Node 1 leads again (c). */
const figure8 = [
  {terms: [1, 2], term: 3},
  {terms: [1], term: 3, vote: 3},
  {terms: [1, 3], term: 3, vote: 3},
]

const few = {proposalsMax: 0, crashesMax: 0, repeatsMax: 0}

const runs: readonly (readonly [name: string, share: number, bounds: ExplorerBounds])[] = [
  ['one term of three', 0.1, {...few, voters: 3, termMax: 1, messagesMax: 12, isDiskFast: true}],
  ['one term of three, slow disks', 0.15, {...few, voters: 3, termMax: 1, crashesMax: 1, messagesMax: 8}],
  [
    'figure 8 of three',
    0.4,
    {...few, voters: 3, termMax: 5, messagesMax: 4, isDiskFast: true, isLed: true, logs: figure8},
  ],
  [
    'entries of three',
    0.25,
    {...few, voters: 3, termMax: 3, proposalsMax: 1, crashesMax: 1, messagesMax: 6, isDiskFast: true, isLed: true},
  ],
  ['slow disks of two', 0.1, {...few, voters: 2, termMax: 3, proposalsMax: 1, crashesMax: 2, messagesMax: 6}],
]

describe('the five properties of figure 3 hold in every state reached:', () => {
  test.each(runs)(
    '%s',
    {
      timeout: 60_000 + statesMax / 2,
    },
    (name, share, bounds) => {
      const {states, transitions, leaders, committed, isExhausted} = explore(bounds, Math.floor(statesMax * share))
      process.stderr.write(
        `explorer: ${name}: ${states} states, ${transitions} transitions, ${leaders} with a leader, ${committed} after a commit${isExhausted ? ', exhausted' : ''}\n`,
      )
      expect(states).toBeGreaterThan(1000)
      expect(leaders).toBeGreaterThan(0)
      reportFigures('explorer', {states, transitions})
      if (bounds.isLed) expect(committed).toBeGreaterThan(0)
    },
  )
})

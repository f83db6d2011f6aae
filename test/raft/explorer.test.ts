/**
 * A bounded explorer on the core itself: from one start it takes every way that messages, crashes and a slow disk allow, breadth
 * first, and checks the properties of figure 3 in each state it reaches.
 *
 * Messages are a set: each may be delivered at any time, again and again, or never. EXPLORER_STATES bounds the states.
 */
import {describe, expect, test} from 'vitest'
import {type ExplorerBounds, explore} from './network/explorer.js'

const statesMax = Number(process.env.EXPLORER_STATES ?? 60_000)

const runs: readonly (readonly [name: string, share: number, bounds: ExplorerBounds])[] = [
  ['elections with slow disks', 0.35, {voters: 3, termMax: 2, proposalsMax: 0, crashesMax: 1, messagesMax: 12}],
  [
    'replication after an election',
    0.4,
    {voters: 3, termMax: 3, proposalsMax: 1, crashesMax: 1, messagesMax: 9, isLed: true},
  ],
  ['two nodes', 0.25, {voters: 2, termMax: 3, proposalsMax: 1, crashesMax: 2, messagesMax: 8}],
]

describe('the five properties of figure 3 hold in every state reached:', () => {
  test.each(runs)('%s', (name, share, bounds) => {
    const {states, transitions, isExhausted, leaders} = explore(bounds, Math.floor(statesMax * share))
    process.stderr.write(
      `explorer: ${name}: ${states} states, ${transitions} transitions, ${leaders} with a leader${isExhausted ? ', exhausted' : ''}\n`,
    )
    expect(states).toBeGreaterThan(1000)
    expect(leaders).toBeGreaterThan(0)
  })
})

import {describe, expect, it} from 'vitest'
import {planFrom, planText} from '../sim/plan.js'
import {Prng} from '../sim/prng.js'
import {losses, majorityRing, oneWay, split} from './impairments.js'
import {tableOf} from './network.js'
import {shape} from './run.js'
import {roundOf} from './schedule.js'

describe('what goes wrong in a round', () => {
  const rounds = Array.from({length: 500}, (_, seed) => roundOf(new Prng(seed), shape))

  it('is a plan as simulations have it', () => {
    for (const round of rounds) expect(planFrom(planText(round))).toEqual(round)
  })

  it('is the same for the same seed', () => {
    expect(roundOf(new Prng(7), shape)).toEqual(rounds[7])
  })

  it('is of every kind before long', () => {
    const kinds = new Set(rounds.flat().map(({kind}) => kind))
    expect([...kinds].sort()).toEqual([
      ...['bit-rot', 'crash', 'disk-full', 'etcd-down', 'etcd-slow', 'isolate', 'loss', 'majority-ring', 'one-way'],
      ...['pause', 'split', 'stop', 'sync-error', 'wall-jump', 'wipe'],
    ])
  })
})

describe('a network that is not whole', () => {
  const text = (impairments: readonly {from: string; to: string}[]) =>
    impairments.map(({from, to}) => `${from}${to}`).sort()

  it.each([
    ['two sides hear nothing of each other', split(['a', 'b'], ['a', 'b', 'c']), ['ac', 'bc', 'ca', 'cb']],
    ['three on a ring have all for neighbours', majorityRing(['a', 'b', 'c']), []],
    ['of four, those across do not hear each other', majorityRing(['a', 'b', 'c', 'd']), ['ac', 'bd', 'ca', 'db']],
    [
      'of five each hears two',
      majorityRing(['a', 'b', 'c', 'd', 'e']),
      ['ac', 'ad', 'bd', 'be', 'ca', 'ce', 'da', 'db', 'eb', 'ec'],
    ],
    ['losses are everywhere', losses(['a', 'b'], 10), ['ab', 'ba']],
  ])('%s', (_, impairments, dropped) => expect(text(impairments)).toEqual(dropped))

  it('is a table of its own, replaced as a whole', () => {
    const table = tableOf([oneWay('10.77.0.2', '10.77.0.3'), {from: '10.77.0.3', to: '10.77.0.2', permille: 40}])
    expect(table).toBe(`add table bridge chaos
delete table bridge chaos
table bridge chaos {
  chain forward {
    type filter hook forward priority 0;
    ip saddr 10.77.0.2 ip daddr 10.77.0.3 drop
    ip saddr 10.77.0.3 ip daddr 10.77.0.2 numgen random mod 1000 < 40 drop
  }
}
`)
  })
})

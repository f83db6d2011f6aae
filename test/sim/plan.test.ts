import {describe, expect, test} from 'vitest'
import {type FaultKind, faultKinds, faultText, type Plan, planFrom, planText, targetOf} from './plan.js'
import {Prng} from './prng.js'
import {planOf, swarmOf} from './swarm.js'

const seeds = Array.from({length: 200}, (_, seed) => seed)
const crash = {atMs: 5, kind: 'crash', target: 'ps/1', args: {}, forMs: 100}
const read = (change: object): Plan => planFrom(JSON.stringify([{...crash, ...change}]))

describe('a plan', () => {
  test('reads back as it was written, whatever seed made it', () => {
    for (const seed of seeds) {
      const plan = planOf(swarmOf(seed))
      expect(planFrom(planText(plan)), `seed ${seed}`).toEqual(plan)
    }
  })

  test.each([
    [{}, 'at 5 ms crash ps/1 for 100 ms'],
    [{target: 'leader of group 2'}, 'at 5 ms crash leader of group 2 for 100 ms'],
    [{kind: 'clog', target: 'ps/1>router/2'}, 'at 5 ms clog ps/1>router/2 for 100 ms'],
    [{kind: 'wall-jump', args: {byMs: -5}, forMs: null}, 'at 5 ms wall-jump ps/1 byMs=-5'],
    [
      {kind: 'split', target: 'cluster', args: {side: ['ps/1', 'ps/2']}},
      'at 5 ms split cluster side=ps/1,ps/2 for 100 ms',
    ],
  ])('may say %j', (change, said) => {
    expect(read(change).map(faultText)).toEqual([said])
  })

  test.each([
    [{kind: 'earthquake'}, "fault 1 of the plan: there is no kind 'earthquake'"],
    [{kind: 'toString'}, "there is no kind 'toString'"],
    [{atMs: -1}, 'atMs is -1'],
    [{atMs: 1.5}, 'atMs is 1.5'],
    [{target: 'ps/0'}, "'ps/0' is no target"],
    [{target: 'follower group 1'}, 'is no target'],
    [{target: 'ps/1>ps/1'}, 'is no target'],
    [{target: 'ps/1>ps/2>ps/3'}, 'is no target'],
    [{target: 7}, 'its target is 7'],
    [{target: 'etcd'}, 'crash cannot happen to etcd'],
    [{kind: 'wipe', target: 'router/1'}, 'wipe cannot happen to router/1'],
    [{forMs: null}, 'crash for null ms'],
    [{forMs: 60_001}, 'crash for 60001 ms'],
    [{kind: 'reset', target: 'cluster'}, 'reset for 100 ms'],
    [{args: {hard: 1}}, 'crash has no hard'],
    [{args: null}, 'args is no object'],
    [{kind: 'loss', target: 'cluster'}, 'permille is undefined'],
    [{kind: 'loss', target: 'cluster', args: {permille: 1_001}}, 'permille is 1001'],
    [{kind: 'split', target: 'cluster', args: {side: ['nowhere']}}, 'side is ["nowhere"]'],
    [{why: 'because'}, "'why' means nothing"],
  ])('may not say %j', (change, said) => {
    expect(() => read(change)).toThrow(said)
  })

  test.each(['{}', 'null', '[3]', '[null]'])('is not %s', (text) => {
    expect(() => planFrom(text)).toThrow()
  })
})

describe('a seed', () => {
  test('makes the same run each time', () => {
    expect(planOf(swarmOf(11))).toEqual(planOf(swarmOf(11)))
    expect(swarmOf(11)).toEqual(swarmOf(11))
    expect(planOf(swarmOf(11))).not.toEqual(planOf(swarmOf(12)))
  })

  test('leaves most kinds of faults out, and every kind comes up', () => {
    const armed = seeds.map((seed) => Object.keys(swarmOf(seed).armed) as FaultKind[])
    const mean = armed.reduce((sum, kinds) => sum + kinds.length, 0) / seeds.length
    expect(mean).toBeGreaterThan(4)
    expect(mean).toBeLessThan(Object.keys(faultKinds).length / 2)
    const planned = new Set(seeds.flatMap((seed) => planOf(swarmOf(seed)).map(({kind}) => kind)))
    expect(Object.keys(faultKinds).filter((kind) => !planned.has(kind as FaultKind))).toEqual([])
  })

  test('aims at what is there', () => {
    for (const seed of seeds) {
      const {cluster, ...swarm} = swarmOf(seed)
      const groups = cluster.spaces.reduce((sum, {partitions}) => sum + partitions, 0)
      expect(cluster.spaces.every(({replicas}) => replicas <= cluster.servers)).toBe(true)
      for (const {target, atMs} of planOf({cluster, ...swarm})) {
        const aimed = targetOf(target)
        expect(atMs).toBeLessThan(swarm.lengthMs)
        if ('group' in aimed) expect(aimed.group).toBeLessThanOrEqual(groups)
        if (aimed.shape === 'ps') expect(Number(aimed.place.slice(3))).toBeLessThanOrEqual(cluster.servers)
      }
    }
  })
})

describe('a generator', () => {
  test('forks by name, whatever was drawn before', () => {
    const [fresh, used] = [new Prng(5), new Prng(5)]
    used.below(10)
    expect(used.fork('disk/3').next()).toBe(fresh.fork('disk/3').next())
    expect(fresh.fork('disk/3').next()).not.toBe(fresh.fork('disk/2').next())
    expect(new Prng(6).fork('disk/3').next()).not.toBe(fresh.fork('disk/3').next())
  })

  test('draws what it is asked for', () => {
    const random = new Prng(3)
    const drawn = Array.from({length: 2_000}, () => random.exponential(100))
    expect(drawn.reduce((sum, value) => sum + value, 0) / drawn.length).toBeCloseTo(100, -1)
    const between = Array.from({length: 500}, () => random.between(2, 4))
    expect([...new Set(between)].sort()).toEqual([2, 3, 4])
    expect(random.shuffled([1, 2, 3, 4]).sort()).toEqual([1, 2, 3, 4])
    expect(random.bytes(3)).toHaveLength(3)
  })
})

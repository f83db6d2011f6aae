import {join} from 'node:path'
import {expect, test} from 'vitest'
import {nodeId, partitionId} from '../../../src/entity/ids.js'
import {Fleet} from '../fleet.js'
import type {Observation} from '../observation.js'
import type {Fault} from '../plan.js'
import {planOf, swarmOf} from '../swarm.js'
import {GroupDeeds, withoutWallJumps} from './wall-clock.js'

const worker = join(import.meta.dirname, '..', '..', '..', 'dist', 'test', 'sim', 'worker.js')
const lengthMs = 20_000

test('wall clocks jump, and no group does otherwise', {timeout: 180_000}, async () => {
  const fleet = new Fleet(worker)
  for (const seed of [2, 4]) {
    const swarm = swarmOf(seed, lengthMs)
    const jumps = [-3_600_000, 1_000, 86_400_000, -60_000].map(
      (byMs, at): Fault => ({
        atMs: 1_000 + at * 4_000,
        kind: 'wall-jump',
        target: `ps/${1 + (at % swarm.cluster.servers)}`,
        args: {byMs},
        forMs: null,
      }),
    )
    const plan = [...planOf(swarm), ...jumps].sort((a, b) => a.atMs - b.atMs)
    const jumped = await fleet.play({swarm, plan})
    const steady = await fleet.play({swarm, plan: withoutWallJumps(plan)})
    expect(jumped.verdict.groups, `seed ${seed}`).toBe(steady.verdict.groups)
    expect(jumped.verdict.faults).toBeGreaterThan(steady.verdict.faults)
  }
  fleet.stop()
})

const led = (atMs: number): Observation => {
  return {atMs, node: nodeId(1), group: partitionId(1), kind: 'led', term: 1, commit: 0}
}
const hashOf = (...stream: readonly Observation[]) => {
  const seen = new GroupDeeds()
  for (const one of stream) seen.see(one)
  return seen.hash
}

test('what a group does otherwise shows, be it a moment; what others do does not', () => {
  expect(hashOf(led(1))).not.toBe(hashOf(led(2)))
  expect(hashOf(led(1), led(2))).not.toBe(hashOf(led(2), led(1)))
  expect(hashOf(led(1), {atMs: 1, kind: 'id', sequence: 'node', id: 4})).toBe(hashOf(led(1)))
})

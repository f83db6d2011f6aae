/** The second act over a cluster of a few lines: what it demands, and whom it excuses. */
import {expect, test} from 'vitest'
import {partitionId} from '../../src/entity/ids.js'
import type {Observation} from './observation.js'
import type {PlaceName} from './plan.js'
import {Prng} from './prng.js'
import {type Arena, secondAct} from './second-act.js'

const group = partitionId(1)
const servers: PlaceName[] = ['ps/1', 'ps/2', 'ps/3']

interface Story {
  readonly spoilt?: readonly PlaceName[]
  /** Comes up when healed. */
  readonly stuck?: PlaceName
  readonly writesAfterMs?: number
  /** Of every replica but the leader's. */
  readonly applied?: number
}

async function play({spoilt = [], stuck, writesAfterMs = 0, applied = 7}: Story, seed = 1) {
  let nowMs = 0
  let kept: ReadonlySet<PlaceName> = new Set()
  const marks: string[] = []
  const arena: Arena = {
    clock: {
      nowMs: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms
      },
    },
    electionMs: 1_000,
    groups: [group],
    places: [...servers, 'master/1', 'master/2', 'router/1'],
    voters: () => ({sound: servers.filter((place) => !spoilt.includes(place)), all: servers.length}),
    keepOnly: (core) => {
      kept = core
    },
    isUp: (place) => kept.has(place) && place !== stuck,
    replicas: () =>
      servers.map((place, at) => ({place, applied: at === 0 ? 7 : applied, commit: 7, isLeader: at === 0})),
    write: async () => nowMs >= writesAfterMs,
    tell: (seen: Observation) => void (seen.kind === 'liveness' && marks.push(seen.mark)),
  }
  await secondAct(arena, new Prng(seed))
  return {marks, core: [...kept]}
}

test.each([
  ['all is well', {}, ['healed', 'progress', 'converged']],
  ['progress comes in time', {writesAfterMs: 9_000}, ['healed', 'progress', 'converged']],
  ['progress is late', {writesAfterMs: 90_000}, ['healed', 'no write']],
  ['a master does not come up', {stuck: 'router/1'}, ['healed', 'not up']],
  ['a replica never catches up', {applied: 6, spoilt: ['ps/2']}, ['healed', 'progress', 'no agreement']],
  ['a majority lost its data for good', {spoilt: ['ps/1', 'ps/2'], writesAfterMs: Infinity}, ['healed', 'converged']],
] as const)('%s', async (_, story, marks) => {
  expect((await play(story)).marks).toEqual(marks)
})

test('the core is as small as it may be, and not always the same', async () => {
  const cores = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(async (seed) => (await play({}, seed)).core))
  for (const core of cores) {
    expect(core.filter((place) => place.startsWith('ps/'))).toHaveLength(2)
    expect(core).toHaveLength(4)
  }
  expect(new Set(cores.map((core) => core.sort().join())).size).toBeGreaterThan(2)
})

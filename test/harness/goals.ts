import type {Figures} from './figures.js'

/** What a run of the gate is meant to reach in each layer, by the names under which the tests report. */
export const goals = {
  tests: {passed: 1_500},
  properties: {properties: 60, runs: 600_000},
  'raft tables': {cases: 220},
  scripts: {scripts: 45, steps: 800},
  explorer: {states: 1_000_000},
  sweep: {points: {part: 1, of: 1}},
  contract: {cases: 160, sequences: 2_000},
  sim: {seeds: 1_500, 'cluster-hours': 36, faults: 25_000, ops: 5_000_000, 'times real time': 100},
  mutants: {found: 30},
  checkers: {'corrupted histories rejected': 1_000, 'legal histories accepted': 1_000},
  chaos: {
    ...{kills: 120, partitions: 30, 'one-way': 15, pauses: 15, 'disk-full': 10, 'clock jumps': 10},
    ...{'fsync EIO': 10, 'torn tails': 10, ops: 100_000, decided: {part: 1, of: 1}},
  },
} as const satisfies Readonly<Record<string, Figures>>

export type Layer = keyof typeof goals

export const layers = Object.keys(goals) as readonly Layer[]

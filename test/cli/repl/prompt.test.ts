import {expect, test} from 'vitest'
import {promptText} from '../../../src/cli/repl/prompt.js'

type Known = Parameters<typeof promptText>[1]

test.each<[string | null, Known, string]>([
  [null, null, 'vearchctl> '],
  ['prod', null, 'prod> '],
  [null, {state: 'unknown', cluster: 'c', servers: null}, 'c> '],
  ['prod', {state: 'up', cluster: 'c', servers: null}, 'prod> '],
  ['prod', {state: 'up', cluster: 'c', servers: {alive: 3, all: 3}}, 'prod good:3/3 ps> '],
  ['prod', {state: 'up', cluster: 'c', servers: {alive: 2, all: 3}}, 'prod uncertain:2/3 ps> '],
  ['prod', {state: 'down', cluster: 'c', servers: {alive: 3, all: 3}}, 'prod bad:✗ etcd> '],
])('%j %j', (context, known, text) => {
  expect(promptText(context, known, null, (state, tone) => `${tone}:${state}`)).toBe(text)
})

test.each([
  [{readOnlyBecause: '--read-only'}, 'prod ro> '],
  [{at: 88, readOnlyBecause: 'the context'}, 'prod @88 ro> '],
  [{snapshot: '/backups/etcd.db'}, 'prod snap:etcd.db> '],
])('%j', (seen, text) => {
  const usual = {snapshot: null, at: null, readOnlyBecause: null}
  expect(promptText('prod', null, {...usual, ...seen}, (state) => state)).toBe(text)
})

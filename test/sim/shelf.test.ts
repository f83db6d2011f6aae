/** Every plan on the shelf is played; each of them failed once, here or elsewhere. */
import {join} from 'node:path'
import {afterAll, describe, expect, test} from 'vitest'
import {Fleet} from './fleet.js'
import {orderOf, shelf, shelvedFrom, shelvedText} from './shelf.js'
import {swarmOf} from './swarm.js'

const compiled = join(import.meta.dirname, '..', '..', 'dist', 'test', 'sim', 'worker.js')
const plans = await shelf(join(import.meta.dirname, 'plans'))

describe('the shelf', () => {
  const fleet = new Fleet(compiled)
  afterAll(() => fleet.stop())

  test.each(plans)(
    '$name: $why',
    async (shelved) => {
      const {verdict} = await fleet.play(orderOf(shelved))
      expect(verdict.findings.map(({promise, rule, detail}) => `${promise} ${rule}\n${detail}`)).toEqual([])
      expect(verdict.error).toBeNull()
      expect(verdict.faults).toBe(shelved.plan.length)
    },
    300_000,
  )
})

test.each(plans)('$name reads back as it was written', (shelved) => {
  const workload = {...swarmOf(1).workload, clients: 1}
  for (const one of [shelved, {...shelved, workload}]) expect(shelvedFrom(one.name, shelvedText(one))).toEqual(one)
})

test.each(['{}', '[]', '{"why": "x", "seed": 1, "plan": []}'])('a file that is no plan of the shelf: %s', (text) => {
  expect(() => shelvedFrom('x.json', text)).toThrow('x.json')
})

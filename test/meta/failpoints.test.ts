/** A process that ends, or an answer that fails, around a block of ids or a transaction: no id is ever given out twice. */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, it} from 'vitest'
import type {FailpointSite} from '../../src/env/failpoints.js'
import {EmbeddedStore} from '../../src/meta/embedded/embedded-store.js'
import {Sequence} from '../../src/meta/sequence.js'
import {SimFailpoints, type SiteFault} from '../harness/sim-failpoints.js'
import {env} from './embedded-env.js'

const key = '/vearch/id/node'
const sites = ['meta.ids.before', 'meta.ids.after', 'meta.transaction.before', 'meta.transaction.after'] as const
const blocks = 20

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meta-failpoints-'))
})
afterAll(() => rm(directory, {recursive: true}))

it.each(sites.flatMap((site) => (['crash', 'error'] as const).map((kind) => ({site, kind}))))(
  '$kind at $site, at each of twenty blocks',
  async ({site, kind}) => {
    const total = new Map<FailpointSite, number>()
    const given = new Set<number>()
    const store = join(directory, `${site}-${kind}`)
    for (let hit = 1; hit <= blocks; hit++) {
      const fault: SiteFault = {site, hit, kind}
      let die: () => void = () => {}
      const died = new Promise<'died'>((resolve) => {
        die = () => resolve('died')
      })
      const failpoints = new SimFailpoints(fault, die, total)
      const metadata = new EmbeddedStore({directory: store}, {...env, failpoints})
      await metadata.start()
      const sequence = new Sequence(metadata, key, failpoints)
      for (let block = 1; block <= hit; block++) {
        const first = await Promise.race([died, sequence.allocate(3).catch(() => null)])
        if (first === 'died') break
        if (first === null) continue
        for (const id of [first, first + 1, first + 2]) {
          expect(given.has(id), `id ${id} after ${kind} at hit ${hit}`).toBe(false)
          given.add(id)
        }
      }
      await metadata.stop()
    }
    expect(total.get(site)).toBeGreaterThanOrEqual(blocks)
    expect(given.size).toBeGreaterThan(0)
  },
)

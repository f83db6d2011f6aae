import {expect, test} from 'vitest'
import {nodeLines} from '../../../src/admin/nodes/node-line.js'
import {type ClusterFixture, fixture} from '../cluster-fixture.js'

type Change = (cluster: ClusterFixture) => void

test.each<[string, Change, string | undefined]>([
  ['up', () => {}, 'up'],
  ['frozen', (cluster) => cluster.silence(3, 'late'), 'silent'],
  ['somebody else', (cluster) => cluster.silence(3, 'impostor'), 'impostor'],
  ['in a snapshot', (cluster) => cluster.alone(), 'leased'],
  ['failed', (cluster) => cluster.fail(3), 'failed'],
  ['gone without a trace', (cluster) => cluster.fail(3, {recorded: false}), 'ghost'],
])('node 3: %s', (_, change, state) => {
  expect(nodeLines(fixture(change)).find(({id}) => id === 3)?.state).toBe(state)
})

test('a line has its lease, its load and its figures', () => {
  const [first, , , last] = nodeLines(fixture())
  expect(first).toMatchObject({
    id: 1,
    address: '10.0.0.1:8081',
    leaseTtl: 5,
    version: '3.5.2',
    partitions: 2,
    leaders: 1,
    docs: 100,
    diskPercent: 40,
    lag: 0,
  })
  expect(last).toMatchObject({id: 4, partitions: 0, leaders: 0, docs: 0, lag: null})
})

test('what a silent node has is not known', () => {
  const [, , third] = nodeLines(fixture((cluster) => cluster.silence(3, 'late')))
  expect(third).toMatchObject({docs: null, diskPercent: null, partitions: 2})
})

import {expect, test} from 'vitest'
import {healthExit, healthOf} from '../../../src/admin/health/health.js'
import {nagiosExit, nagiosText} from '../../../src/admin/health/nagios.js'
import {prometheusText} from '../../../src/admin/health/prometheus.js'
import {statusCard} from '../../../src/admin/health/status-card.js'
import {textOf} from '../../../src/admin/messages/message.js'
import {silent} from '../../../src/admin/picture/answer.js'
import {partitionId} from '../../../src/entity/ids.js'
import {type ClusterFixture, fixture, keys} from '../cluster-fixture.js'

type Change = (cluster: ClusterFixture) => void

test.each<[string, Change, string, writable: string, readable: string]>([
  ['sound', () => {}, 'OK', '2/2', '2/2'],
  ['an empty server failed', (cluster) => cluster.fail(4), 'DEGRADED', '2/2', '2/2'],
  ['a frozen follower', (cluster) => cluster.silence(3, 'late'), 'DEGRADED', '2/2', '2/2'],
  ['a frozen leader', (cluster) => cluster.silence(1, 'late'), 'CRITICAL', '1/2', '2/2'],
  [
    'all servers frozen',
    (cluster) => {
      for (const node of [1, 2, 3, 4]) cluster.silence(node, 'late')
    },
    'CRITICAL',
    '0/2',
    '0/2',
  ],
  ['a snapshot', (cluster) => cluster.alone(), 'UNKNOWN', '0/2', '0/2'],
  [
    'a snapshot in which all servers are gone',
    (cluster) => {
      for (const node of [1, 2, 3]) cluster.fail(node)
      cluster.alone()
    },
    'CRITICAL',
    '0/2',
    '0/2',
  ],
  [
    'a silent master',
    (cluster) => {
      cluster.masters = [silent('late', 'no answer', {from: 'master', master: 'http://m1', question: 'GET /'})]
    },
    'DEGRADED',
    '2/2',
    '2/2',
  ],
  ['a record nobody can read', (cluster) => cluster.records.set(keys.alias('x'), '{'), 'DEGRADED', '2/2', '2/2'],
  [
    'a space that is being created',
    (cluster) => {
      cluster.addSpace(2, 'new', [5], {version: 1, enabled: false})
      cluster.records.delete(keys.partition(partitionId(5)))
    },
    'DEGRADED',
    '2/2',
    '2/2',
  ],
])('%s', (_, change, word, writable, readable) => {
  const health = healthOf(fixture(change))
  const share = ({count, of}: {count: number; of: number}) => `${count}/${of}`
  expect([health.word, share(health.writable), share(health.readable)]).toEqual([word, writable, readable])
  expect(health.reasons.length > 0).toBe(word !== 'OK')
})

test('a server whose lease has ended and of which nobody has written yet that it failed is named', () => {
  const {nodes, reasons} = healthOf(fixture((cluster) => cluster.fail(3, {recorded: false})))
  expect([nodes.up, nodes.ghost]).toEqual([3, 1])
  expect(reasons.map((reason) => textOf(reason))).toContain('node 3 is ghost')
})

test('reasons name what is wrong, the worst first', () => {
  const {reasons} = healthOf(
    fixture((cluster) => {
      cluster.fail(1)
      cluster.fail(3)
    }),
  )
  expect(reasons.map((reason) => textOf(reason))).toEqual([
    '2 partitions cannot be written: 1, 2',
    '1 partition is leaderless: 1',
    '1 partition is degraded: 2',
    'node 1 is failed',
    'node 3 is failed',
  ])
})

test('exit codes tell unhealthy from unasked', () => {
  expect(healthExit).toEqual({OK: 0, DEGRADED: 10, CRITICAL: 11, UNKNOWN: 4})
  expect(nagiosExit).toEqual({OK: 0, DEGRADED: 1, CRITICAL: 2, UNKNOWN: 3})
})

test('nagios', () => {
  const frozen = fixture((cluster) => cluster.silence(3, 'late', 'a | b'))
  expect(nagiosText(healthOf(fixture()))).toBe(
    'VEARCH OK - writable 2/2, readable 2/2 | writable=2;;;0;2 readable=2;;;0;2 nodes_up=4 nodes_failed=0 nodes_silent=0',
  )
  expect(nagiosText(healthOf(frozen)).split('|')).toHaveLength(2)
})

test('prometheus: every line is a sample, and every state is there', () => {
  const text = prometheusText(healthOf(fixture()), 'a "name"')
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  for (const sample of samples) expect(sample).toMatch(/^[a-z_]+\{cluster="a \\"name\\"",[a-z]+="[A-Za-z]+"\} \d+$/)
  expect(samples).toContain('vearch_health{cluster="a \\"name\\"",state="OK"} 1')
  expect(samples).toContain('vearch_partitions{cluster="a \\"name\\"",state="lost"} 0')
})

test('the card of a sound cluster', () => {
  expect(statusCard(fixture())).toMatchObject({
    cluster: 'vearch',
    revision: 90,
    masters: {answering: 1, asked: 1, announced: 1},
    servers: {alive: 4, failed: 0},
    routers: 1,
    spaces: 1,
    partitions: 2,
    docs: 100,
  })
})

test('the card of a snapshot does not invent figures', () => {
  expect(statusCard(fixture((cluster) => cluster.alone()))).toMatchObject({docs: null, store: null})
})

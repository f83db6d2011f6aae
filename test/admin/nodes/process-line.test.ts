import {expect, test} from 'vitest'
import {processLines} from '../../../src/admin/nodes/process-line.js'
import {silent} from '../../../src/admin/picture/answer.js'
import {type ClusterFixture, fixture, fromMaster, keys} from '../cluster-fixture.js'

type Change = (cluster: ClusterFixture) => void

const quiet = (reason: 'late' | 'impostor'): Change => {
  return (cluster) => {
    cluster.masters = [silent(reason, reason, {from: 'master', master: 'http://10.0.0.9:8817', question: 'GET /'})]
  }
}

test.each<[string, Change, string[]]>([
  [
    'one that answers',
    (cluster) => {
      cluster.masters = [fromMaster('http://10.0.0.9:8817', {})]
    },
    ['master m1 up', 'router 10.0.0.8 leased'],
  ],
  ['one that does not', quiet('late'), ['master m1 silent', 'router 10.0.0.8 leased']],
  ['one that is somebody else', quiet('impostor'), ['master m1 impostor', 'router 10.0.0.8 leased']],
  ['one that nobody asked', (cluster) => cluster.alone(), ['master m1 announced', 'router 10.0.0.8 leased']],
  [
    'one that answers and was never announced',
    (cluster) => {
      cluster.records.delete(keys.member('18446744073709551557'))
    },
    ['master m1:8817 up', 'router 10.0.0.8 leased'],
  ],
])('masters and routers: %s', (_, change, lines) => {
  expect(processLines(fixture(change)).map(({role, name, state}) => `${role} ${name} ${state}`)).toEqual(lines)
})

test('leases and versions', () => {
  const picture = fixture((cluster) => {
    cluster.masters = [fromMaster('http://10.0.0.9:8817', {version: '3.5.2'})]
  })
  expect(processLines(picture)).toMatchObject([
    {version: '3.5.2', leaseTtl: null},
    {leaseTtl: 8, version: null},
  ])
})
